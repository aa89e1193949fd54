package io.millrace.activities.deploy.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.Network;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the Docker engine that an endpoint needs, each safe to repeat; whatever else goes
 * wrong is {@code ENDPOINT_UNAVAILABLE} with the engine's own words. Thread-safe.
 */
final class Engine {
  private static final int LOG_LINES = 5;
  private static final int PULL_SECONDS = 120;
  private static final int NETWORK_TRIES = 5;

  /** Ends the name of a network that lives for a moment, to hear which range is free. */
  private static final String RANGE = "-range";

  private final Supplier<DockerClient> client;

  Engine(Supplier<DockerClient> client) {
    this.client = client;
  }

  private DockerClient docker() {
    return client.get();
  }

  /** All with these labels, running or not. */
  List<Container> containers(Map<String, String> labels) {
    return guarded(
        "list containers",
        () -> docker().listContainersCmd().withShowAll(true).withLabelFilter(labels).exec());
  }

  Optional<InspectContainerResponse> inspect(String name) {
    return guarded(
        "inspect " + name,
        () -> {
          try {
            return Optional.of(docker().inspectContainerCmd(name).exec());
          } catch (NotFoundException e) {
            return Optional.empty();
          }
        });
  }

  /** Creates a container unless one has the name. */
  void create(String image, String name, Consumer<CreateContainerCmd> how) {
    guarded(
        "create " + name,
        () -> {
          try (CreateContainerCmd create = docker().createContainerCmd(image).withName(name)) {
            how.accept(create);
            return create.exec();
          } catch (ConflictException e) {
            return name; // our own earlier try, or another worker's
          }
        });
  }

  void start(String name) {
    guarded(
        "start " + name,
        () -> {
          try {
            docker().startContainerCmd(name).exec();
          } catch (NotModifiedException e) {
            return name; // it runs
          }
          return name;
        });
  }

  /** Asks it to end, waits, and removes it; one that is gone is success. */
  void remove(String name, int graceSeconds) {
    guarded(
        "remove " + name,
        () -> {
          try {
            docker().stopContainerCmd(name).withTimeout(graceSeconds).exec();
          } catch (NotFoundException | NotModifiedException e) {
            // gone or ended
          }
          try {
            docker().removeContainerCmd(name).withForce(true).withRemoveVolumes(true).exec();
          } catch (NotFoundException | ConflictException e) {
            return name; // gone, or being removed
          }
          return name;
        });
  }

  /** Removes an image unless a container has it. */
  void removeImage(String reference) {
    try {
      docker().removeImageCmd(reference).exec();
    } catch (RuntimeException e) {
      return; // it is a copy: whoever needs it again makes it again
    }
  }

  /** The last lines it wrote, for an error's text. */
  String lastLines(String name) {
    StringBuilder text = new StringBuilder();
    try (ResultCallback.Adapter<Frame> frames =
        new ResultCallback.Adapter<>() {
          @Override
          public void onNext(Frame frame) {
            text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
          }
        }) {
      docker()
          .logContainerCmd(name)
          .withStdOut(true)
          .withStdErr(true)
          .withTail(LOG_LINES)
          .exec(frames)
          .awaitCompletion(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.io.IOException | RuntimeException e) {
      return "";
    }
    return text.toString().strip();
  }

  /** The first of the images the engine has; else the last one, pulled. */
  String image(List<String> candidates, String setting) {
    for (String candidate : candidates) {
      if (there(candidate)) {
        return candidate;
      }
    }
    String last = candidates.getLast();
    try {
      if (docker().pullImageCmd(last).start().awaitCompletion(PULL_SECONDS, TimeUnit.SECONDS)
          && there(last)) {
        return last;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      throw noImage(setting, last, e);
    }
    throw noImage(setting, last, null);
  }

  private static RuntimeException noImage(
      String setting, String image, @Nullable RuntimeException cause) {
    return Failures.of(
        FailureType.CONFIG_INVALID,
        cause,
        setting
            + ": "
            + image
            + " (expected: an image this engine has or can pull; infra/local/images/build-images.sh"
            + " builds one without a registry)"
            + (cause == null ? "" : ": " + cause.getMessage()));
  }

  private boolean there(String image) {
    return guarded(
        "inspect " + image,
        () -> {
          try {
            docker().inspectImageCmd(image).exec();
            return true;
          } catch (NotFoundException e) {
            return false;
          }
        });
  }

  /**
   * The endpoint's network, made when missing. Its addresses are of a range that is named, which is
   * what lets containers keep theirs over a restart; the engine knows which range is free, so it
   * chooses one first.
   *
   * @return the range, such as {@code 172.18.0.0/16}
   */
  String network(String name, Map<String, String> labels) {
    for (int tries = 0; ; tries++) {
      Optional<Network> there = findNetwork(name);
      if (there.isPresent()) {
        return subnet(there.get());
      }
      try {
        String free = chosen(name, labels);
        Network.Ipam.Config range =
            new Network.Ipam.Config().withSubnet(free).withGateway(Addresses.at(free, 1));
        docker()
            .createNetworkCmd()
            .withName(name)
            .withCheckDuplicate(true)
            .withLabels(labels)
            .withIpam(new Network.Ipam().withConfig(range))
            .exec();
      } catch (RuntimeException e) {
        // another worker was quicker, or another network took the range
        if (tries >= NETWORK_TRIES) {
          throw failed("create network " + name, e);
        }
      }
    }
  }

  private String chosen(String name, Map<String, String> labels) {
    String probe = name + RANGE;
    // an earlier try may have died here
    dropNetwork(probe);
    docker().createNetworkCmd().withName(probe).withCheckDuplicate(true).withLabels(labels).exec();
    try {
      return subnet(docker().inspectNetworkCmd().withNetworkId(probe).exec());
    } finally {
      dropNetwork(probe);
    }
  }

  private static String subnet(Network network) {
    return network.getIpam().getConfig().getFirst().getSubnet();
  }

  private Optional<Network> findNetwork(String name) {
    return guarded(
        "inspect network " + name,
        () -> {
          try {
            return Optional.of(docker().inspectNetworkCmd().withNetworkId(name).exec());
          } catch (NotFoundException e) {
            return Optional.empty();
          }
        });
  }

  void removeNetwork(String name) {
    guarded(
        "remove network " + name,
        () -> {
          dropNetwork(name);
          dropNetwork(name + RANGE);
          return name;
        });
  }

  private void dropNetwork(String name) {
    try {
      docker().removeNetworkCmd(name).exec();
    } catch (NotFoundException e) {
      return; // gone
    }
  }

  private static <T> T guarded(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (io.temporal.failure.ApplicationFailure e) {
      throw e;
    } catch (RuntimeException e) {
      throw failed(what, e);
    }
  }

  private static RuntimeException failed(String what, RuntimeException e) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE,
        e,
        "docker " + what + " (expected: an engine that does it): " + e.getMessage());
  }
}
