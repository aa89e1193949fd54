package io.millrace.workflows.port.registry;

import io.millrace.workflows.port.Script;
import io.millrace.workflows.ref.ModelRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Versions and one alias sequence in memory. */
public final class FakeRegistry extends Script implements RegistryActivities {
  private final List<RegisterRequest> versions = new ArrayList<>();
  private final List<AliasEntry> entries = new ArrayList<>();

  @Override
  public synchronized ModelRef register(RegisterRequest request) {
    called("register", request);
    for (int i = 0; i < versions.size(); i++) {
      RegisterRequest known = versions.get(i);
      if (known.candidate().digest().equals(request.candidate().digest())
          && known.run().runId().equals(request.run().runId())) {
        return new ModelRef(request.model(), i + 1, request.candidate().digest());
      }
    }
    versions.add(request);
    return new ModelRef(request.model(), versions.size(), request.candidate().digest());
  }

  @Override
  public synchronized AliasEntry point(PointRequest request) {
    called("point", request);
    for (AliasEntry entry : entries) {
      if (entry.key().equals(request.key())) {
        return entry;
      }
    }
    AliasEntry entry =
        new AliasEntry(
            entries.size() + 1L,
            request.alias(),
            request.version(),
            Instant.parse("2026-01-01T00:00:00Z"),
            request.key(),
            request.reason());
    entries.add(entry);
    return entry;
  }

  @Override
  public synchronized AliasState current(AliasQuery query) {
    called("current", query);
    int n = entries.size();
    return new AliasState(n > 0 ? entries.get(n - 1) : null, n > 1 ? entries.get(n - 2) : null);
  }

  @Override
  public synchronized Fallback fallback(FallbackQuery query) {
    called("fallback", query);
    int n = entries.size();
    Integer to =
        query.to() != null
            ? query.to()
            : n > 1 ? Integer.valueOf(entries.get(n - 2).version().version()) : null;
    if (to == null || to > versions.size()) {
      return new Fallback(n > 0 ? entries.get(n - 1) : null, null, null);
    }
    RegisterRequest made = versions.get(to - 1);
    return new Fallback(
        n > 0 ? entries.get(n - 1) : null,
        new ModelRef(made.model(), to, made.candidate().digest()),
        made.run().runId());
  }

  public synchronized List<AliasEntry> entries() {
    return List.copyOf(entries);
  }

  public synchronized @Nullable ModelRef champion() {
    return entries.isEmpty() ? null : entries.get(entries.size() - 1).version();
  }

  public synchronized int versions() {
    return versions.size();
  }
}
