package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** A store that notes which objects were opened. */
final class OpenedObjects {
  private static final Set<String> OPENING = Set.of("get", "open", "fetch");
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private final ObjectStore store;

  OpenedObjects(ObjectStore inner) {
    store =
        (ObjectStore)
            Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(),
                new Class<?>[] {ObjectStore.class},
                (proxy, method, arguments) -> {
                  if (OPENING.contains(method.getName())) {
                    keys.add((String) arguments[0]);
                  }
                  try {
                    return method.invoke(inner, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  ObjectStore store() {
    return store;
  }

  /** Keys of the prediction log that were opened since the last call. */
  List<String> ofTheLog() {
    List<String> opened = keys.stream().filter(k -> k.startsWith("predictions/")).toList();
    keys.clear();
    return opened;
  }
}
