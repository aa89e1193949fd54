package io.millrace.activities.reproduce;

import io.millrace.activities.platform.Build;
import io.millrace.activities.platform.Platform;
import io.millrace.activities.registry.Provenance;
import io.millrace.activities.reproduce.Comparison.Difference;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What decides the bits besides data, request and seed: code, engines, processor, system. */
final class Machines {
  private static final Map<String, Function<Platform, String>> FACTS =
      new TreeMap<>(
          Map.of(
              "CPU flags",
              platform -> String.join(" ", platform.cpuFlags()),
              "CPU model",
              platform -> String.valueOf(platform.cpu()),
              "GPU",
              platform -> String.valueOf(platform.gpu()),
              "architecture",
              Platform::arch,
              "system",
              Platform::os,
              "Java",
              Platform::java));

  private Machines() {}

  /** How a machine and its code differ from those of the attempts that made a version. */
  static List<Difference> differences(
      List<Provenance.Attempt> attempts, Platform here, Build code) {
    List<Difference> found = new ArrayList<>();
    if (attempts.isEmpty()) {
      return found;
    }
    for (Map.Entry<String, Function<Platform, String>> fact : FACTS.entrySet()) {
      differ(
          found,
          fact.getKey(),
          attempts.stream()
              .map(attempt -> fact.getValue().apply(attempt.platform()))
              .collect(Collectors.toCollection(LinkedHashSet::new)),
          fact.getValue().apply(here));
    }
    differ(
        found,
        "Millrace",
        attempts.stream()
            .map(attempt -> version(attempt.build()))
            .collect(Collectors.toCollection(LinkedHashSet::new)),
        version(code));
    Set<String> engines = new TreeSet<>(code.engines().keySet());
    attempts.forEach(attempt -> engines.addAll(attempt.build().engines().keySet()));
    for (String engine : engines) {
      differ(
          found,
          engine,
          attempts.stream()
              .map(attempt -> attempt.build().engines().getOrDefault(engine, "none"))
              .collect(Collectors.toCollection(LinkedHashSet::new)),
          code.engines().getOrDefault(engine, "none"));
    }
    return found;
  }

  private static String version(Build build) {
    return build.version() + ", commit " + build.commit();
  }

  private static void differ(List<Difference> found, String what, Set<String> then, String now) {
    if (!then.equals(Set.of(now))) {
      found.add(new Difference(what, String.join(" and ", then), now));
    }
  }
}
