package io.millrace.activities.deploy.lambda;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.CreateFunctionRequest;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.InvalidParameterValueException;
import software.amazon.awssdk.services.lambda.model.LambdaException;
import software.amazon.awssdk.services.lambda.model.LastUpdateStatus;
import software.amazon.awssdk.services.lambda.model.PackageType;
import software.amazon.awssdk.services.lambda.model.PreconditionFailedException;
import software.amazon.awssdk.services.lambda.model.PublishVersionResponse;
import software.amazon.awssdk.services.lambda.model.ResourceConflictException;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;
import software.amazon.awssdk.services.lambda.model.Runtime;
import software.amazon.awssdk.services.lambda.model.SnapStart;
import software.amazon.awssdk.services.lambda.model.SnapStartApplyOn;
import software.amazon.awssdk.services.lambda.model.State;
import software.amazon.awssdk.services.lambda.model.UpdateFunctionCodeRequest;

/**
 * A function and its published versions, one per version of the model. The unpublished function is
 * only where the next version is put together: whoever publishes does so under the code's digest
 * and the revision it looked at, so that two workers cannot publish each other's halves.
 */
final class FunctionVersions {
  private static final Logger LOG = LoggerFactory.getLogger(FunctionVersions.class);
  private static final String LATEST = "$LATEST";

  private final LambdaClient lambda;

  FunctionVersions(LambdaClient lambda) {
    this.lambda = lambda;
  }

  /**
   * A published version.
   *
   * @param number the platform's own
   * @param described what it says it is
   * @param active whether it can be called
   * @param failed why it never will be; empty for no reason
   */
  record Published(String number, LambdaNames.Described described, boolean active, String failed) {}

  /** Every version that is ours, oldest first; empty when there is no function. */
  List<Published> published(String function) {
    return LambdaErrors.call(
        "ListVersionsByFunction " + function,
        () -> {
          List<Published> published = new ArrayList<>();
          try {
            for (FunctionConfiguration version :
                lambda.listVersionsByFunctionPaginator(r -> r.functionName(function)).versions()) {
              if (!version.version().equals(LATEST)) {
                published(function, version).ifPresent(published::add);
              }
            }
          } catch (ResourceNotFoundException e) {
            return List.of();
          }
          return published;
        });
  }

  private Optional<Published> published(String function, FunctionConfiguration version) {
    String text = version.description() == null ? "" : version.description();
    return LambdaNames.described(text)
        .map(
            described -> {
              State state = version.state();
              String reason = version.stateReason();
              if (state == null) { // a list has no states on AWS
                GetFunctionConfigurationResponse whole =
                    lambda.getFunctionConfiguration(
                        r -> r.functionName(function).qualifier(version.version()));
                state = whole.state();
                reason = whole.stateReason();
              }
              return new Published(
                  version.version(),
                  described,
                  // an idle version wakes up when it is called
                  state == State.ACTIVE || state == State.INACTIVE,
                  state == State.FAILED ? String.valueOf(reason) : "");
            });
  }

  /** Publishes a version, or finds it, and waits until it can be called. */
  Published ensure(FunctionPlan plan, Deadline deadline) {
    while (true) {
      Optional<Published> there =
          published(plan.function()).stream()
              .filter(p -> p.described().is(plan.version()))
              .filter(p -> p.described().snapStart() == plan.snapStart())
              .findFirst();
      if (there.isEmpty()) {
        publish(plan, deadline);
      } else if (!there.get().failed().isEmpty()) {
        // its number is spent; the next try publishes another
        delete(plan.function(), there.get().number());
        throw Failures.of(
            FailureType.ENDPOINT_UNAVAILABLE,
            "endpoint "
                + plan.endpoint()
                + ": version "
                + plan.version().version()
                + " cannot be started (expected: to be ready): "
                + there.get().failed());
      } else if (there.get().active()) {
        return there.get();
      }
      deadline.pause("version " + plan.version().version() + " is not active yet");
    }
  }

  private void publish(FunctionPlan plan, Deadline deadline) {
    String function = plan.function();
    try {
      Optional<GetFunctionConfigurationResponse> latest = latest(function);
      if (latest.isEmpty()) {
        create(plan);
        settled(function, deadline);
      } else {
        check(plan, latest.get());
        settled(function, deadline);
        stage(plan, deadline);
      }
      GetFunctionConfigurationResponse staged = settled(function, deadline);
      if (!isStaged(plan, staged)) {
        return; // another worker put its own there meanwhile; again from the start
      }
      PublishVersionResponse version =
          lambda.publishVersion(
              r ->
                  r.functionName(function)
                      .codeSha256(staged.codeSha256())
                      .revisionId(staged.revisionId())
                      .description(plan.description()));
      LOG.info("{} is version {} of {}", plan.description(), version.version(), function);
    } catch (PreconditionFailedException | ResourceConflictException e) {
      LOG.debug("{}: somebody else changes it, again", function, e);
    } catch (InvalidParameterValueException e) {
      // a role is known to Lambda some seconds after IAM made it
      if (!String.valueOf(e.getMessage()).contains("cannot be assumed") || deadline.over()) {
        throw LambdaErrors.of("function " + function, e);
      }
      LOG.debug("{}: its role is not known yet, again", function, e);
    } catch (SdkException e) {
      throw LambdaErrors.of("function " + function, e);
    }
  }

  private Optional<GetFunctionConfigurationResponse> latest(String function) {
    try {
      return Optional.of(lambda.getFunctionConfiguration(r -> r.functionName(function)));
    } catch (ResourceNotFoundException e) {
      return Optional.empty();
    }
  }

  /** The store whose endpoint the function is, as its environment says; empty for none. */
  private static String store(GetFunctionConfigurationResponse there) {
    return there.environment() == null
        ? ""
        : there.environment().variables().getOrDefault(FunctionPlan.LOG_URI, "");
  }

  private static void check(FunctionPlan plan, GetFunctionConfigurationResponse there) {
    String store = String.valueOf(plan.environment().get(FunctionPlan.LOG_URI));
    if (!store(there).equals(store)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "function "
              + plan.function()
              + ": is of store "
              + store(there)
              + " (expected: "
              + store
              + "; one account has room for one endpoint of a name)");
    }
    boolean image = plan.code() instanceof FunctionCode.Image;
    if (image != (there.packageType() == PackageType.IMAGE)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "deployment.target.lambda.form: "
              + (image ? "image" : "zip")
              + " (expected: "
              + (image ? "zip" : "image")
              + ", as the endpoint's function is; AWS cannot change it)");
    }
  }

  private void create(FunctionPlan plan) {
    CreateFunctionRequest.Builder request =
        CreateFunctionRequest.builder()
            .functionName(plan.function())
            .role(plan.role())
            .description(plan.description())
            .memorySize(plan.megabytes())
            .timeout(plan.timeoutSeconds())
            .environment(e -> e.variables(plan.environment()))
            .snapStart(snapStart(plan))
            .tags(Map.of(LambdaNames.TAG, plan.endpoint()));
    switch (plan.code()) {
      case FunctionCode.Inline inline ->
          request
              .runtime(Runtime.JAVA25)
              .handler(FunctionPlan.HANDLER)
              .code(c -> c.zipFile(SdkBytes.fromByteArrayUnsafe(inline.zip().content())));
      case FunctionCode.Stored stored ->
          request
              .runtime(Runtime.JAVA25)
              .handler(FunctionPlan.HANDLER)
              .code(c -> c.s3Bucket(stored.bucket()).s3Key(stored.key()));
      case FunctionCode.Image image ->
          request.packageType(PackageType.IMAGE).code(c -> c.imageUri(image.uri()));
    }
    lambda.createFunction(request.build());
  }

  private void stage(FunctionPlan plan, Deadline deadline) {
    GetFunctionConfigurationResponse there =
        lambda.getFunctionConfiguration(r -> r.functionName(plan.function()));
    if (!hasCode(plan, there)) {
      UpdateFunctionCodeRequest.Builder request =
          UpdateFunctionCodeRequest.builder().functionName(plan.function());
      switch (plan.code()) {
        case FunctionCode.Inline inline ->
            request.zipFile(SdkBytes.fromByteArrayUnsafe(inline.zip().content()));
        case FunctionCode.Stored stored -> request.s3Bucket(stored.bucket()).s3Key(stored.key());
        case FunctionCode.Image image -> request.imageUri(image.uri());
      }
      lambda.updateFunctionCode(request.build());
      settled(plan.function(), deadline);
    }
    lambda.updateFunctionConfiguration(
        r ->
            r.functionName(plan.function())
                .role(plan.role())
                .description(plan.description())
                .memorySize(plan.megabytes())
                .timeout(plan.timeoutSeconds())
                .environment(e -> e.variables(plan.environment()))
                .snapStart(snapStart(plan)));
  }

  /** Never of an image whose reference has no digest: it is set again each time. */
  private static boolean hasCode(FunctionPlan plan, GetFunctionConfigurationResponse there) {
    return plan.code().sha256().equals(there.codeSha256());
  }

  /** Null for an image: there are no snapshots of one, and not even their absence is taken. */
  private static @Nullable SnapStart snapStart(FunctionPlan plan) {
    return plan.code() instanceof FunctionCode.Image
        ? null
        : SnapStart.builder()
            .applyOn(plan.snapStart() ? SnapStartApplyOn.PUBLISHED_VERSIONS : SnapStartApplyOn.NONE)
            .build();
  }

  private static boolean isStaged(FunctionPlan plan, GetFunctionConfigurationResponse there) {
    return (plan.code() instanceof FunctionCode.Image || hasCode(plan, there))
        && plan.description().equals(there.description())
        && there.environment() != null
        && plan.environment().equals(there.environment().variables());
  }

  /** Waits for an update under way: AWS refuses the next one until then. */
  private GetFunctionConfigurationResponse settled(String function, Deadline deadline) {
    while (true) {
      GetFunctionConfigurationResponse now =
          lambda.getFunctionConfiguration(r -> r.functionName(function));
      if (now.state() == State.FAILED || now.lastUpdateStatus() == LastUpdateStatus.FAILED) {
        String reason =
            now.state() == State.FAILED ? now.stateReason() : now.lastUpdateStatusReason();
        throw Failures.of(
            FailureType.ENDPOINT_UNAVAILABLE,
            "function " + function + " (expected: to be updated): " + reason);
      }
      if (now.state() != State.PENDING && now.lastUpdateStatus() != LastUpdateStatus.IN_PROGRESS) {
        return now;
      }
      deadline.pause("function " + function + " is being updated");
    }
  }

  /** Removes a published version; gone already is success. */
  void delete(String function, String number) {
    LambdaErrors.call(
        "DeleteFunction " + function + ":" + number,
        () -> {
          try {
            lambda.deleteFunction(r -> r.functionName(function).qualifier(number));
          } catch (ResourceNotFoundException e) {
            // gone already
          } catch (LambdaException e) {
            // an alias' change is seen everywhere after a moment; the next apply removes it
            LOG.info("{}:{} cannot be removed yet: {}", function, number, e.getMessage());
          }
          return true;
        });
  }

  /**
   * Removes the function with every version, alias and URL; gone already is success.
   *
   * @param store whose it must be
   * @return false when it is another store's
   */
  boolean remove(String function, String store) {
    return LambdaErrors.call(
        "DeleteFunction " + function,
        () -> {
          Optional<GetFunctionConfigurationResponse> there = latest(function);
          if (there.isPresent() && !store(there.get()).equals(store)) {
            return false;
          }
          try {
            lambda.deleteFunction(r -> r.functionName(function));
          } catch (ResourceNotFoundException e) {
            // gone already
          }
          return true;
        });
  }
}
