package io.millrace.workflows.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.util.Set;

/**
 * What a workflow must not reach: nothing in this module may, so nothing is reachable either. All
 * that is left is records, arithmetic and {@code io.temporal.workflow}.
 */
@AnalyzeClasses(
    packages = "io.millrace.workflows",
    importOptions = ImportOption.DoNotIncludeTests.class)
class DeterminismTest {
  /** The readers of JSON declare it; it is no I/O. */
  private static final Set<String> HARMLESS =
      Set.of(
          "java.io.IOException",
          "java.io.Serializable",
          "java.io.ObjectStreamException",
          // take texts apart and put them together; they open nothing
          "java.net.URI",
          "java.net.URLEncoder",
          "java.net.URLDecoder");

  private static final Set<String> RANDOM_OR_THREADS =
      Set.of(
          "java.util.Random",
          "java.util.SplittableRandom",
          "java.security.SecureRandom",
          "java.util.Timer",
          "java.lang.Thread",
          "java.lang.ThreadLocal",
          "java.lang.Process",
          "java.lang.ProcessBuilder",
          "java.lang.Runtime");

  private static final Set<String> CLOCKS =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.lang.System.nanoTime",
          "java.lang.System.getenv",
          "java.lang.System.getProperty",
          "java.util.UUID.randomUUID",
          "java.lang.Math.random",
          "java.lang.Object.wait");

  @ArchTest
  static final ArchRule noInputOrOutput =
      noClasses()
          .should()
          .dependOnClassesThat(
              describe(
                  "do input or output",
                  (JavaClass type) ->
                      !HARMLESS.contains(type.getName())
                          && (in(type, "java.io")
                              || in(type, "java.nio.file")
                              || in(type, "java.nio.channels")
                              || in(type, "java.net")
                              || in(type, "java.sql"))))
          .because("a replay would do it again");

  @ArchTest
  static final ArchRule noRandomNorThreads =
      noClasses()
          .should()
          .dependOnClassesThat(
              describe(
                  "are random or run threads",
                  (JavaClass type) ->
                      RANDOM_OR_THREADS.contains(type.getName())
                          || in(type, "java.util.concurrent")
                          || in(type, "java.util.random")))
          .because("a replay would take another way");

  @ArchTest
  static final ArchRule noClockNorEnvironment =
      noClasses()
          .should()
          .accessTargetWhere(clock())
          .because("Workflow.currentTimeMillis and the request say what a workflow may know");

  @ArchTest
  static final ArchRule onlyFailuresBuildsFailures =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Failures.class)
          .should()
          .accessTargetWhere(
              describe(
                  "builds an ApplicationFailure",
                  (JavaAccess<?> access) ->
                      access.getTargetOwner().isEquivalentTo(ApplicationFailure.class)
                          && access.getTarget().getName().startsWith("new")))
          .because("the type of a failure is part of the wire");

  private static DescribedPredicate<JavaAccess<?>> clock() {
    return describe(
        "reads a clock, chance or the environment",
        access -> {
          String owner = access.getTargetOwner().getName();
          String name = access.getTarget().getName();
          return CLOCKS.contains(owner + "." + name)
              || (owner.startsWith("java.time.") && name.equals("now"))
              || owner.equals("java.time.Clock")
              || (owner.equals("java.util.Date") && name.equals("<init>"));
        });
  }

  private static boolean in(JavaClass type, String name) {
    return type.getPackageName().equals(name) || type.getPackageName().startsWith(name + ".");
  }
}
