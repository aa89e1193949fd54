package io.millrace.infra.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.regex.Pattern;

/** The arrows between modules and the rules that hold everywhere. */
@AnalyzeClasses(
    packages = "io.millrace",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
  /** Modules' tests come as folders with {@code mvn test}, as jars with {@code mvn verify}. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.matches(Pattern.compile(".*-tests\\.jar.*"));
    }
  }

  @ArchTest
  static final ArchRule workflowsKnowNobody =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.workflows..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.millrace.activities..",
              "io.millrace.inference..",
              "io.millrace.events..",
              "io.millrace.infra..");

  @ArchTest
  static final ArchRule inferenceKnowsNobody =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.inference..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.millrace.activities..",
              "io.millrace.workflows..",
              "io.millrace.events..",
              "io.millrace.infra..",
              "io.temporal..",
              "software.amazon.awssdk.services..",
              "software.amazon.awssdk.core..");

  /** The prediction log on S3 signs its own requests; nothing else needs to know AWS. */
  @ArchTest
  static final ArchRule onlyTheLogSignsForAws =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.inference..")
          .and()
          .haveNameNotMatching("io\\.millrace\\.inference\\.log\\.S3LogSink.*")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("software.amazon..");

  @ArchTest
  static final ArchRule eventsKnowWorkflowsAndTheClientOnly =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.events..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "io.millrace.activities..", "io.millrace.inference..", "io.millrace.infra..")
                  .and(resideOutsideOfPackage("io.millrace.inference.client")));

  /** A caller takes the client without the engine and the server. */
  @ArchTest
  static final ArchRule theClientStandsAlone =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.inference.client")
          .should()
          .dependOnClassesThat(
              resideOutsideOfPackages(
                  "io.millrace.inference.client",
                  "java..",
                  "javax.net.ssl",
                  "com.fasterxml.jackson..",
                  "org.jspecify.."));

  /** Their package has no Temporal in it: a use would be found at run time only. */
  @ArchTest
  static final ArchRule scoresAndLabelsDoWithoutTemporal =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.millrace.events.event..",
              "io.millrace.events.object..",
              "io.millrace.events.score..",
              "io.millrace.events.labels..",
              "io.millrace.events.secret..",
              "io.millrace.workflows.labels..",
              "io.millrace.workflows.approval..")
          .or()
          .haveNameMatching("io\\.millrace\\.events\\.(Score|IngestLabels)")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.temporal..",
              "io.millrace.workflows.wire..",
              "io.millrace.workflows.failure..",
              "io.millrace.workflows.pipeline..",
              "io.millrace.workflows.port..");

  @ArchTest
  static final ArchRule activitiesKnowNoInfra =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.activities..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.millrace.infra..", "io.millrace.events..");

  @ArchTest
  static final ArchRule adaptersHaveNoCycles =
      slices().matching("io.millrace.activities.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule inferenceHasNoCycles =
      slices().matching("io.millrace.inference.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyFailuresBuildsFailures =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("io.millrace.workflows.failure.Failures")
          .should()
          .callMethodWhere(
              describe(
                  "builds an ApplicationFailure",
                  call ->
                      call.getTargetOwner()
                              .getFullName()
                              .equals("io.temporal.failure.ApplicationFailure")
                          && call.getName()
                              .matches("newFailure.*|newNonRetryable.*|newBuilder.*")));

  @ArchTest
  static final ArchRule onlySettingsReadTheEnvironment =
      noClasses()
          .that(
              describe(
                  "are not settings, secrets by reference, or a function's bootstrap",
                  (JavaClass c) ->
                      !c.getPackageName().startsWith("io.millrace.infra.config")
                          && !c.getPackageName().startsWith("io.millrace.activities.secret")
                          && !c.getPackageName().startsWith("io.millrace.inference.lambda")
                          && !c.getPackageName().startsWith("io.millrace.inference.edge")
                          && !c.getName().equals("io.millrace.inference.runtime.RuntimeChoice")
                          && !c.getName().equals("io.millrace.inference.server.ContainerMain")
                          && !c.getPackageName().startsWith("io.millrace.events")))
          .should()
          .callMethodWhere(
              describe(
                  "reads the environment",
                  call ->
                      call.getTargetOwner().getFullName().equals("java.lang.System")
                          && call.getName().equals("getenv")));

  @ArchTest
  static final ArchRule nullnessIsDeclared =
      classes()
          .that()
          .haveSimpleName("package-info")
          .should()
          .beAnnotatedWith("org.jspecify.annotations.NullMarked");
}
