package io.millrace.activities.deploy.lambda;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.workflows.wire.PayloadJson;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.EntityAlreadyExistsException;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.iam.model.Tag;

/**
 * The role of a function whose spec names none: it may write its own log group, and put objects
 * below the model's part of the prediction log. Nothing else: not even read what it wrote.
 */
final class FunctionRole {
  private static final String POLICY = "millrace-function";
  private final IamClient iam;
  private final @Nullable String boundary;

  FunctionRole(IamClient iam, @Nullable String boundary) {
    this.iam = iam;
    this.boundary = boundary;
  }

  /**
   * Makes it, or brings it up to date.
   *
   * @param storeUri {@code s3://bucket/prefix}
   * @return its ARN
   */
  String ensure(String endpoint, String model, String storeUri) {
    String name = LambdaNames.role(endpoint);
    String arn = find(name).orElseGet(() -> create(endpoint, name));
    LambdaErrors.call(
        "PutRolePolicy " + name,
        () ->
            iam.putRolePolicy(
                r ->
                    r.roleName(name)
                        .policyName(POLICY)
                        .policyDocument(policy(arn, endpoint, model, storeUri))));
    return arn;
  }

  private Optional<String> find(String name) {
    return LambdaErrors.call(
        "GetRole " + name,
        () -> {
          try {
            return Optional.of(iam.getRole(r -> r.roleName(name)).role().arn());
          } catch (NoSuchEntityException e) {
            return Optional.empty();
          }
        });
  }

  private String create(String endpoint, String name) {
    ObjectNode trust = PayloadJson.mapper().createObjectNode().put("Version", "2012-10-17");
    ObjectNode statement = trust.putArray("Statement").addObject();
    statement.put("Effect", "Allow").put("Action", "sts:AssumeRole");
    statement.putObject("Principal").put("Service", "lambda.amazonaws.com");
    return LambdaErrors.call(
        "CreateRole " + name,
        () -> {
          try {
            return iam.createRole(
                    r ->
                        r.roleName(name)
                            .assumeRolePolicyDocument(trust.toString())
                            .permissionsBoundary(boundary)
                            .description("Millrace endpoint " + endpoint)
                            .tags(Tag.builder().key(LambdaNames.TAG).value(endpoint).build()))
                .role()
                .arn();
          } catch (EntityAlreadyExistsException e) {
            return iam.getRole(r -> r.roleName(name)).role().arn();
          }
        });
  }

  private static String policy(String roleArn, String endpoint, String model, String storeUri) {
    String partition = roleArn.split(":")[1];
    String account = roleArn.split(":")[4];
    ObjectNode policy = PayloadJson.mapper().createObjectNode().put("Version", "2012-10-17");
    var statements = policy.putArray("Statement");
    ObjectNode logs = statements.addObject().put("Effect", "Allow");
    logs.putArray("Action").add("logs:CreateLogStream").add("logs:PutLogEvents");
    logs.put(
        "Resource",
        "arn:%s:logs:*:%s:log-group:%s:*"
            .formatted(partition, account, LambdaNames.logGroup(endpoint)));
    ObjectNode objects = statements.addObject().put("Effect", "Allow");
    objects.put("Action", "s3:PutObject");
    objects.put(
        "Resource",
        "arn:%s:s3:::%s/predictions/%s/*"
            .formatted(partition, storeUri.substring("s3://".length()), model));
    return policy.toString();
  }

  /** Only one that was made here; gone already is success. */
  void remove(String endpoint) {
    String name = LambdaNames.role(endpoint);
    LambdaErrors.call(
        "DeleteRole " + name,
        () -> {
          try {
            iam.deleteRolePolicy(r -> r.roleName(name).policyName(POLICY));
          } catch (NoSuchEntityException e) {
            // then the role may be there without it
          }
          try {
            iam.deleteRole(r -> r.roleName(name));
          } catch (NoSuchEntityException e) {
            // gone already
          }
          return true;
        });
  }
}
