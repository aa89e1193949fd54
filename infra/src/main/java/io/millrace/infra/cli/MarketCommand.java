package io.millrace.infra.cli;

import io.millrace.activities.compute.Ec2Clients;
import io.millrace.infra.market.MarketScript;
import io.millrace.infra.market.SpotMarket;
import io.millrace.infra.market.TrainingNodes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ec2.Ec2Client;

@Command(
    name = "market",
    description =
        "A spot market on this machine in front of an emulator's EC2, until Ctrl-C: instances are"
            + " processes here, and a seeded script takes them back.")
final class MarketCommand extends CliCommand {
  @Option(
      names = "--emulator",
      paramLabel = "URL",
      description = "The emulator, such as LocalStack (default: ${DEFAULT-VALUE}).",
      defaultValue = "http://127.0.0.1:4566")
  URI emulator = URI.create("http://127.0.0.1:4566");

  @Option(
      names = "--port",
      description = "Where the market's EC2 answers (default: ${DEFAULT-VALUE}).",
      defaultValue = "4577")
  int port;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "What happens is drawn from it; without one nothing happens.")
  @Nullable Long seed;

  @Option(
      names = "--short-of",
      paramLabel = "TYPE",
      description = "A type of instance that may be short for a while; may be given several times.")
  List<String> shortOf = new ArrayList<>();

  @Option(
      names = "--notice",
      paramLabel = "SECONDS",
      description = "Between a notice and the machine's end (default: ${DEFAULT-VALUE}).",
      defaultValue = "120")
  int notice;

  @Option(
      names = "--within",
      paramLabel = "SECONDS",
      description =
          "A node's end begins within so long of its training (default: ${DEFAULT-VALUE}).",
      defaultValue = "10")
  int within;

  @Override
  public Integer call() throws InterruptedException {
    if (port < 0 || port > 65535 || notice < 1 || within < 1) {
      throw new CliFailure(
          ExitCode.BAD_INPUT,
          "--port, --notice, --within: %d, %d, %d (expected: 0 to 65535, ≥ 1, ≥ 1)"
              .formatted(port, notice, within));
    }
    MarketScript script =
        seed == null
            ? MarketScript.calm()
            : MarketScript.random(
                seed, shortOf, Duration.ofSeconds(notice), Duration.ofSeconds(within));
    Path folder = session().config().home().resolve("market");
    Path cache = folder.resolve("cache");
    TrainingNodes training = new TrainingNodes(session().store());
    try (Ec2Client ec2 = Ec2Clients.open(emulator);
        SpotMarket market =
            new SpotMarket(
                emulator,
                ec2,
                folder,
                Map.of(
                    "MILLRACE_NODE_CACHE",
                    cache.toString(),
                    "MILLRACE_JAVA",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                seed == null ? 0 : seed,
                port)) {
      market.onEvent(this::tell);
      market.play(script, training);
      progress("export AWS_ENDPOINT_URL_EC2=" + market.endpoint());
      progress(seed == null ? "calm" : script.toString());
      progress("logs of the instances: " + folder);
      CountDownLatch end = new CountDownLatch(1);
      Runtime.getRuntime().addShutdownHook(new Thread(market::close, "market-end"));
      end.await();
    } catch (IOException e) {
      throw new CliFailure(
          ExitCode.BAD_INPUT,
          "--port: " + port + ": " + e.getMessage() + " (expected: a free port)",
          e);
    } catch (SdkException e) {
      throw new CliFailure(
          ExitCode.BAD_INPUT,
          "--emulator: " + emulator + ": " + e.getMessage() + " (expected: EC2 answers there)",
          e);
    }
    return ExitCode.OK;
  }

  /** With {@code --json} a line for each event: there is no end to sum up at. */
  private void tell(SpotMarket.Event event) {
    result(
        event,
        "%s %-10s %s %s %s"
            .formatted(event.at(), event.what(), event.key(), event.instance(), event.detail())
            .stripTrailing());
  }
}
