package io.millrace.activities.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads and appends to the endpoints' states in the store. Thread-safe. */
public final class Endpoints {
  private static final String ROOT = "endpoints/";
  private static final String STATE = "/state/";

  /** How far back a key is looked for: a repeat comes soon after its first try. */
  private static final int KEYS = 50;

  private final ObjectStore store;
  private final Sequences sequences;

  public Endpoints(ObjectStore store) {
    this.store = store;
    this.sequences = new Sequences(store);
  }

  /** Where they are read from. */
  ObjectStore store() {
    return store;
  }

  /** The endpoint's newest state; empty when there is no such endpoint. */
  public Optional<Endpoint> find(String name) {
    return sequences.head(prefix(name)).map(entry -> read(name, entry.content()));
  }

  /** Every endpoint, by name. */
  public List<Endpoint> all() {
    TreeSet<String> names = new TreeSet<>();
    for (String key : store.list(ROOT)) {
      int end = key.indexOf(STATE, ROOT.length());
      if (end > 0 && key.indexOf('/', ROOT.length()) == end) {
        names.add(key.substring(ROOT.length(), end));
      }
    }
    List<Endpoint> endpoints = new ArrayList<>();
    names.forEach(name -> find(name).ifPresent(endpoints::add));
    return endpoints;
  }

  /** Every state the endpoint had, oldest first. */
  public List<Endpoint> history(String name) {
    return sequences.all(prefix(name)).stream().map(e -> read(name, e.content())).toList();
  }

  /** The state with this number; empty when it is not there yet. */
  public Optional<Endpoint> at(String name, long seq) {
    return store.get(prefix(name) + "%010d.json".formatted(seq)).map(bytes -> read(name, bytes));
  }

  /** Whether a change with this key was made lately. */
  boolean done(String name, String key) {
    long head = find(name).map(Endpoint::seq).orElse(0L);
    for (long seq = head; seq > Math.max(0, head - KEYS); seq--) {
      if (at(name, seq).filter(state -> state.key().equals(key)).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Appends the next state.
   *
   * @param next makes it of the newest one (null for none), with any {@code seq}; null for no
   *     change
   * @return the newest state now
   */
  @Nullable Endpoint append(String name, Function<@Nullable Endpoint, @Nullable Endpoint> next) {
    sequences.append(
        prefix(name),
        (seq, head) -> {
          Endpoint made = next.apply(head == null ? null : read(name, head.content()));
          return made == null ? null : write(made, seq);
        });
    return find(name).orElse(null);
  }

  private static String prefix(String name) {
    return ROOT + Checks.name("endpoint", name) + STATE;
  }

  private static byte[] write(Endpoint state, long seq) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(state.numbered(seq));
    } catch (JsonProcessingException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "endpoint state: no JSON");
    }
  }

  private static Endpoint read(String name, byte[] content) {
    try {
      return PayloadJson.mapper().readValue(content, Endpoint.class);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.PAYLOAD_UNREADABLE,
          e,
          "state of endpoint " + name + " (expected: as this release writes it)");
    }
  }
}
