package io.millrace.activities.query;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;

class DuckDbEngineTest extends QueryEngineContract {
  private FileStore store;

  @Override
  ObjectStore store() {
    if (store == null) {
      store = new FileStore(scratch.resolve("store"));
    }
    return store;
  }

  @Override
  QueryEngine engine() {
    return new DuckDbEngine(store(), scratch.resolve("queries"));
  }
}
