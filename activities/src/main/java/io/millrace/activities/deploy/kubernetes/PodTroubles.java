package io.millrace.activities.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Why pods are not ready, in the words of the cluster. */
final class PodTroubles {
  /** Waiting longer does not mend these; the activity's retries look again. */
  private static final Set<String> LASTING =
      Set.of(
          "ErrImageNeverPull",
          "ImagePullBackOff",
          "InvalidImageName",
          "CreateContainerConfigError",
          "CreateContainerError",
          "CrashLoopBackOff");

  private PodTroubles() {}

  /** Whether one of the pods will not get well by waiting. */
  static boolean lasting(List<Pod> pods) {
    return pods.stream()
        .flatMap(pod -> statuses(pod).stream())
        .map(ContainerStatus::getState)
        .anyMatch(
            state ->
                state != null
                    && state.getWaiting() != null
                    && LASTING.contains(String.valueOf(state.getWaiting().getReason())));
  }

  /**
   * One sentence, of all pods.
   *
   * @param events of the namespace, for what only they tell: probes that fail
   */
  static String sentence(List<Pod> pods, List<Event> events) {
    if (pods.isEmpty()) {
      return "no pod was made" + warning(events, "FailedCreate");
    }
    Set<String> reasons = new LinkedHashSet<>();
    for (Pod pod : pods) {
      List<String> own = new ArrayList<>();
      statuses(pod).forEach(status -> own.addAll(of(status)));
      if (pod.getStatus() != null) {
        pod.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals("PodScheduled") && "False".equals(c.getStatus()))
            .forEach(c -> own.add(c.getReason() + ": " + c.getMessage()));
      }
      own.addAll(probes(pod, events));
      if (own.isEmpty() && !ready(pod)) {
        own.add(pod.getStatus() == null ? "not seen by a node yet" : "not ready yet");
      }
      reasons.addAll(own);
    }
    return String.join("; ", reasons);
  }

  static boolean ready(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && "True".equals(c.getStatus()));
  }

  private static List<String> of(ContainerStatus status) {
    List<String> reasons = new ArrayList<>();
    ContainerState state = status.getState();
    if (state != null
        && state.getWaiting() != null
        && !"ContainerCreating".equals(state.getWaiting().getReason())) {
      String message = state.getWaiting().getMessage();
      reasons.add(state.getWaiting().getReason() + (message == null ? "" : ": " + message));
    }
    if (state != null && state.getTerminated() != null) {
      reasons.add("ended with " + ended(state.getTerminated()));
    } else if (status.getLastState() != null && status.getLastState().getTerminated() != null) {
      reasons.add("ended before with " + ended(status.getLastState().getTerminated()));
    }
    return reasons;
  }

  private static String ended(ContainerStateTerminated end) {
    String message = end.getMessage();
    return end.getExitCode()
        + " ("
        + end.getReason()
        + ")"
        + (message == null || message.isBlank() ? "" : ": " + message.strip());
  }

  private static List<String> probes(Pod pod, List<Event> events) {
    return events.stream()
        .filter(event -> event.getInvolvedObject() != null)
        .filter(event -> pod.getMetadata().getName().equals(event.getInvolvedObject().getName()))
        .filter(event -> "Unhealthy".equals(event.getReason()))
        .max(Comparator.comparing(event -> String.valueOf(event.getLastTimestamp())))
        .map(event -> List.of(event.getMessage().strip()))
        .orElse(List.of());
  }

  private static String warning(List<Event> events, String reason) {
    return events.stream()
        .filter(event -> reason.equals(event.getReason()))
        .max(Comparator.comparing(event -> String.valueOf(event.getLastTimestamp())))
        .map(event -> ": " + event.getMessage().strip())
        .orElse("");
  }

  private static List<ContainerStatus> statuses(Pod pod) {
    return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
        ? List.of()
        : pod.getStatus().getContainerStatuses();
  }
}
