package io.millrace.activities.deploy.ecs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Action;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.ActionTypeEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.PriorityInUseException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Rule;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.RuleCondition;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.RuleNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetGroupTuple;

/**
 * The rule of a listener that splits an endpoint's requests over its versions' target groups. A
 * group without weight stays in it: ECS takes a group for a service only when a load balancer
 * refers to it.
 */
final class WeightedRule {
  /** Of a weight of 1: the greatest there is. */
  private static final int WHOLE = 999;

  /** Only what users may ask: {@code /admin} and {@code /metrics} stay inside the network. */
  private static final List<String> PATHS = List.of("/v2", "/v2/*", "/invocations", "/ping");

  /** Tags are asked for in such lots. */
  private static final int LOT = 20;

  private final ElasticLoadBalancingV2Client elb;
  private final String endpoint;
  private final @Nullable String hostname;
  private final String listener;

  WeightedRule(
      ElasticLoadBalancingV2Client elb,
      String endpoint,
      @Nullable String hostname,
      String listener) {
    this.elb = elb;
    this.endpoint = endpoint;
    this.hostname = hostname;
    this.listener = listener;
  }

  /** Weights by target group, as they are; empty without a rule. */
  Map<String, Integer> weights() {
    return find().map(WeightedRule::weights).orElse(Map.of());
  }

  /** Sets shares of traffic by target group; no call where they are so already. */
  void set(Map<String, Double> shares) {
    Map<String, Integer> wanted = new TreeMap<>();
    shares.forEach(
        (group, share) ->
            wanted.put(group, share > 0 ? (int) Math.max(1, Math.round(share * WHOLE)) : 0));
    Optional<Rule> there = find();
    if (there.isPresent()) {
      if (!weights(there.get()).equals(wanted)) {
        EcsErrors.call(
            "elb ModifyRule",
            () -> elb.modifyRule(r -> r.ruleArn(there.get().ruleArn()).actions(forward(wanted))));
      }
    } else if (!wanted.isEmpty()) {
      create(wanted);
    }
  }

  /** Deletes the rule; gone already is success. */
  void delete() {
    find()
        .ifPresent(
            rule ->
                EcsErrors.call(
                    "elb DeleteRule",
                    () -> {
                      try {
                        return elb.deleteRule(r -> r.ruleArn(rule.ruleArn()));
                      } catch (RuleNotFoundException gone) {
                        return null;
                      }
                    }));
  }

  private void create(Map<String, Integer> weights) {
    TreeSet<Integer> taken = new TreeSet<>();
    for (Rule rule : rules()) {
      taken.add(Integer.valueOf(rule.priority()));
    }
    int priority = 100;
    while (true) {
      while (taken.contains(priority)) {
        priority++;
      }
      int free = priority;
      boolean created =
          EcsErrors.call(
              "elb CreateRule",
              () -> {
                try {
                  elb.createRule(
                      r ->
                          r.listenerArn(listener)
                              .priority(free)
                              .conditions(conditions())
                              .actions(forward(weights))
                              .tags(TargetGroups.tags(Naming.tags(endpoint))));
                  return true;
                } catch (PriorityInUseException another) {
                  return false;
                }
              });
      if (created) {
        return;
      }
      taken.add(free);
    }
  }

  private List<RuleCondition> conditions() {
    List<RuleCondition> conditions = new ArrayList<>();
    conditions.add(
        RuleCondition.builder()
            .field("path-pattern")
            .pathPatternConfig(p -> p.values(PATHS))
            .build());
    if (hostname != null) {
      conditions.add(
          RuleCondition.builder()
              .field("host-header")
              .hostHeaderConfig(h -> h.values(hostname))
              .build());
    }
    return conditions;
  }

  private static Action forward(Map<String, Integer> weights) {
    List<TargetGroupTuple> groups =
        weights.entrySet().stream()
            .map(w -> TargetGroupTuple.builder().targetGroupArn(w.getKey()).weight(w.getValue()))
            .map(TargetGroupTuple.Builder::build)
            .toList();
    return Action.builder()
        .type(ActionTypeEnum.FORWARD)
        .forwardConfig(f -> f.targetGroups(groups))
        .build();
  }

  private static Map<String, Integer> weights(Rule rule) {
    Map<String, Integer> weights = new TreeMap<>();
    for (Action action : rule.actions()) {
      if (action.forwardConfig() != null) {
        action
            .forwardConfig()
            .targetGroups()
            .forEach(
                group ->
                    weights.put(
                        group.targetGroupArn(), group.weight() == null ? 1 : group.weight()));
      }
    }
    return weights;
  }

  private Optional<Rule> find() {
    List<Rule> rules = rules();
    for (int from = 0; from < rules.size(); from += LOT) {
      List<Rule> lot = rules.subList(from, Math.min(rules.size(), from + LOT));
      Optional<String> own =
          EcsErrors.call(
              "elb DescribeTags",
              () ->
                  elb
                      .describeTags(r -> r.resourceArns(lot.stream().map(Rule::ruleArn).toList()))
                      .tagDescriptions()
                      .stream()
                      .filter(
                          d ->
                              d.tags().stream()
                                  .anyMatch(
                                      t ->
                                          t.key().equals(Naming.ENDPOINT)
                                              && t.value().equals(endpoint)))
                      .map(d -> d.resourceArn())
                      .findFirst());
      if (own.isPresent()) {
        return lot.stream().filter(rule -> rule.ruleArn().equals(own.get())).findFirst();
      }
    }
    return Optional.empty();
  }

  private List<Rule> rules() {
    return EcsErrors.call(
        "elb DescribeRules",
        () ->
            elb.describeRulesPaginator(r -> r.listenerArn(listener)).rules().stream()
                .filter(rule -> !Boolean.TRUE.equals(rule.isDefault()))
                .toList());
  }
}
