package io.millrace.activities.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/** A store whose process is killed before a change after so many. */
public final class DyingStore {
  private DyingStore() {}

  /** The kill. */
  public static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param changes that are still made
   */
  public static ObjectStore of(ObjectStore store, int changes) {
    int[] left = {changes};
    return (ObjectStore)
        Proxy.newProxyInstance(
            ObjectStore.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              if (List.of("create", "put", "delete").contains(method.getName()) && left[0]-- <= 0) {
                throw new Killed();
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
