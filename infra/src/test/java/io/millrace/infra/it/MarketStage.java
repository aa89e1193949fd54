package io.millrace.infra.it;

import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Stores;
import io.millrace.activities.temporal.DevServer;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.it.LocalMachine.Answer;
import io.millrace.infra.market.SpotMarket;
import io.millrace.infra.worker.WorkerMain;
import io.temporal.client.WorkflowClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.services.ec2.Ec2Client;

/**
 * A cloud for tests: LocalStack, a Temporal server, a worker in this process with the kind {@code
 * ec2}, a spot market, and the command line that talks to them. Closing it ends all.
 */
final class MarketStage implements AutoCloseable {
  private final Map<String, String> properties = new TreeMap<>();
  private final Map<String, String> environment = new TreeMap<>();
  private final LocalStack stack;
  private final DevServer temporal;
  private final Ec2Client ec2;
  private final SpotMarket market;
  private final ObjectStore store;
  private final WorkerMain worker;
  private final LocalMachine machine;

  MarketStage(Path home) throws Exception {
    stack = LocalStack.start();
    temporal = new DevServer();
    stack.s3().createBucket(bucket -> bucket.bucket("millrace"));
    ec2 = stack.ec2();
    environment.put("AWS_ACCESS_KEY_ID", "test");
    environment.put("AWS_SECRET_ACCESS_KEY", "test");
    environment.put("AWS_REGION", "us-east-1");
    Map<String, String> machines = new TreeMap<>(environment);
    machines.put("MILLRACE_NODE_CACHE", home.resolve("node-cache").toString());
    machines.put("MILLRACE_JAVA", System.getProperty("java.home") + "/bin/java");
    machines.put("MILLRACE_IMDS_EVERY", "PT0.5S");
    // not the quiet settings of the modules' tests, which are on the published class path as well
    machines.put("JDK_JAVA_OPTIONS", "-Dlogback.configurationFile=logback.xml");
    market = new SpotMarket(stack.endpoint(), ec2, home.resolve("machines"), machines, 7, 0);
    environment.put("AWS_ENDPOINT_URL", stack.endpoint().toString());
    environment.put("TEMPORAL_ADDRESS", temporal.address());
    environment.put("MILLRACE_STORE_URI", "s3://millrace/market");
    environment.put("MILLRACE_EC2_IMAGE", "ami-12345678");
    environment.put("MILLRACE_EC2_HEAP", "512m");
    environment.put("MILLRACE_EC2_POLL", "PT0.5S");
    machine = new LocalMachine(home);
    Map<String, String> settings = new TreeMap<>(environment);
    settings.put("MILLRACE_HOME", home.toString());
    settings.put("MILLRACE_ROOT", LocalMachine.root().toString());
    AppConfig config = AppConfig.from(settings);
    // the worker runs in this process, whose environment cannot be set
    property("aws.accessKeyId", "test");
    property("aws.secretAccessKey", "test");
    property("aws.region", "us-east-1");
    property("aws.endpointUrl", stack.endpoint().toString());
    property("aws.endpointUrlEc2", market.endpoint().toString());
    store = Stores.open(config.storeUri());
    worker = new WorkerMain(config, temporal.client(), environment);
  }

  private void property(String key, String value) {
    String before = System.setProperty(key, value);
    properties.put(key, before == null ? "" : before);
  }

  /** Runs {@code infra/millrace} against all of it. */
  Answer cli(Duration atMost, String... arguments) {
    return machine.cli(environment, atMost, arguments);
  }

  SpotMarket market() {
    return market;
  }

  ObjectStore store() {
    return store;
  }

  /** The emulator's own, without the market in front. */
  Ec2Client ec2() {
    return ec2;
  }

  WorkflowClient client() {
    return temporal.client();
  }

  @Override
  public void close() {
    worker.close();
    machine.close();
    market.close();
    temporal.close();
    stack.close();
    properties.forEach(
        (key, before) -> {
          if (before.isEmpty()) {
            System.clearProperty(key);
          } else {
            System.setProperty(key, before);
          }
        });
  }
}
