package io.millrace.infra.market;

import io.millrace.infra.market.MarketScript.Drought;
import io.millrace.infra.market.MarketScript.End;
import io.millrace.infra.market.MarketScript.Fate;
import io.millrace.infra.market.MarketScript.Outage;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceAttributeName;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;
import software.amazon.awssdk.services.ec2.model.Tag;

/**
 * A spot market on one machine. An emulator's EC2 holds the instances; for each that runs this
 * starts what its user data says, serves it a metadata service, and plays a {@link MarketScript} on
 * it. Customers talk to {@link #endpoint}. An instance whose process ends is terminated, and the
 * process of an instance that is terminated ends. Closing ends every process.
 */
public final class SpotMarket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpotMarket.class);
  private static final String KEY = "millrace:key";

  /** Everything here happens within this of its time. */
  private static final Duration TICK = Duration.ofMillis(100);

  /** AWS gives an instance's shutdown a few minutes; a trainer needs seconds. */
  private static final Duration SHUTDOWN = Duration.ofSeconds(20);

  private final Ec2Client ec2;
  private final Path folder;
  private final Map<String, String> environment;
  private final Ec2Front front;
  private final Map<String, PlayedInstance> machines = new LinkedHashMap<>();
  private final Set<String> over = new HashSet<>();
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private MarketScript script = MarketScript.calm();
  private Predicate<String> atWork = key -> true;
  private int worked;
  private boolean outageDone;
  private volatile Consumer<Event> listener = event -> {};
  private volatile boolean closed;

  /** What happened. */
  public enum What {
    ORDERED,
    STARTED,
    AT_WORK,
    NOTICED,
    REBALANCED,
    KILLED,
    LEFT,
    TERMINATED,
    OUTAGE
  }

  /**
   * @param instance its id; empty for what is nobody's
   * @param key of the node
   * @param detail for people, such as an exit code
   */
  public record Event(Instant at, What what, String instance, String key, String detail) {}

  /**
   * Opens.
   *
   * @param emulator EC2's endpoint there
   * @param ec2 a client of the emulator itself; not closed here
   * @param folder scripts and logs of the instances
   * @param environment what every machine has on top of this process's: credentials, a cache
   * @param port of this machine for {@link #endpoint}; 0 for any
   */
  public SpotMarket(
      URI emulator,
      Ec2Client ec2,
      Path folder,
      Map<String, String> environment,
      long priceSeed,
      int port)
      throws IOException {
    this.ec2 = ec2;
    this.folder = folder;
    this.environment = Map.copyOf(environment);
    List<String> zones =
        ec2.describeAvailabilityZones().availabilityZones().stream()
            .map(zone -> zone.zoneName())
            .toList();
    this.front = new Ec2Front(emulator, new SpotPrices(priceSeed, zones), port);
    front.onOrder(() -> happened(What.ORDERED, "", "", ""));
    this.thread = Thread.ofPlatform().daemon().name("spot-market").start(this::play);
  }

  /** Where customers find EC2. */
  public URI endpoint() {
    return front.endpoint();
  }

  /** What happened so far, in order. */
  public List<Event> events() {
    return List.copyOf(events);
  }

  /**
   * @param whom is told of each event in the market's own thread
   */
  public void onEvent(Consumer<Event> whom) {
    listener = whom;
  }

  /** Status calls that were made to fail. */
  public int failedCalls() {
    return front.failed();
  }

  /** The log of an instance. */
  public Path log(String instance) {
    return folder.resolve(instance + ".log");
  }

  /**
   * Plays a script from now on.
   *
   * @param working tells by a node's key whether it has begun to work: its fate counts from then
   */
  public synchronized void play(MarketScript next, Predicate<String> working) {
    front.calm();
    events.clear();
    script = next;
    atWork = working;
    worked = 0;
    outageDone = false;
    for (Drought drought : next.droughts()) {
      front.drought(drought.type(), drought.orders());
    }
  }

  private void play() {
    while (!closed) {
      try {
        tick();
      } catch (RuntimeException | IOException e) {
        // the emulator or whoever says who works: the next tick asks again
        if (!closed) {
          LOG.warn("market: {}", e.toString());
        }
      }
      try {
        Thread.sleep(TICK);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private synchronized void tick() throws IOException {
    for (Instance instance : instances()) {
      InstanceStateName state = instance.state().name();
      PlayedInstance machine = machines.get(instance.instanceId());
      boolean running = state == InstanceStateName.PENDING || state == InstanceStateName.RUNNING;
      if (running && machine == null && !over.contains(instance.instanceId())) {
        start(instance);
      } else if (!running && machine != null) {
        machine.stop(SHUTDOWN);
      }
    }
    Instant now = Instant.now();
    for (PlayedInstance machine : List.copyOf(machines.values())) {
      OptionalInt exit = machine.ended();
      if (exit.isPresent()) {
        gone(machine, What.LEFT, "exit " + exit.getAsInt());
      } else {
        fate(machine, now);
      }
    }
  }

  private void start(Instance instance) throws IOException {
    String encoded =
        ec2.describeInstanceAttribute(
                r -> r.instanceId(instance.instanceId()).attribute(InstanceAttributeName.USER_DATA))
            .userData()
            .value();
    String userData = new String(Base64.getMimeDecoder().decode(encoded), StandardCharsets.UTF_8);
    String key =
        instance.tags().stream()
            .filter(tag -> tag.key().equals(KEY))
            .map(Tag::value)
            .findFirst()
            .orElse("");
    machines.put(
        instance.instanceId(),
        new PlayedInstance(instance.instanceId(), key, userData, environment, folder));
    happened(
        What.STARTED,
        instance.instanceId(),
        key,
        instance.instanceTypeAsString() + " " + instance.instanceLifecycleAsString());
  }

  private void fate(PlayedInstance machine, Instant now) {
    Instant since = machine.workingSince();
    if (since == null) {
      if (atWork.test(machine.key())) {
        int nth = worked++;
        Fate fate = nth < script.fates().size() ? script.fates().get(nth) : null;
        machine.work(now, fate);
        happened(
            What.AT_WORK,
            machine.id(),
            machine.key(),
            fate == null ? "lives" : fate.end() + " after " + fate.after());
      }
      return;
    }
    Outage outage = script.outage();
    if (outage != null && !outageDone && !now.isBefore(since.plus(outage.after()))) {
      outageDone = true;
      front.outage(outage.lasts());
      happened(What.OUTAGE, "", "", outage.lasts().toString());
    }
    Fate fate = machine.fate();
    Instant ends = machine.ends();
    if (ends != null && !now.isBefore(ends)) {
      machine.kill();
      gone(machine, What.KILLED, "its notice was over");
    } else if (fate != null && !now.isBefore(since.plus(fate.after()))) {
      begin(machine, fate, now, since);
    }
  }

  private void begin(PlayedInstance machine, Fate fate, Instant now, Instant since) {
    if ((fate.end() == End.REBALANCE || fate.end() == End.REBALANCE_THEN_NOTICE)
        && !machine.rebalanced()) {
      machine.rebalance(now);
      happened(What.REBALANCED, machine.id(), machine.key(), "");
    }
    boolean notice =
        fate.end() == End.NOTICE
            || (fate.end() == End.REBALANCE_THEN_NOTICE
                // advice comes earlier than the notice, by as much as it likes
                && !now.isBefore(since.plus(fate.after()).plus(fate.lead())));
    if (notice && machine.noticed() == null) {
      machine.notice(now, fate.lead());
      happened(What.NOTICED, machine.id(), machine.key(), "ends in " + fate.lead());
    }
    if (fate.end() == End.KILL) {
      machine.kill();
      gone(machine, What.KILLED, "without notice");
    }
  }

  private void gone(PlayedInstance machine, What what, String detail) {
    machines.remove(machine.id());
    over.add(machine.id());
    machine.close();
    happened(what, machine.id(), machine.key(), detail);
    ec2.terminateInstances(r -> r.instanceIds(machine.id()));
    happened(What.TERMINATED, machine.id(), machine.key(), "");
  }

  /** Those of ours that stand, and those whose machines we still play. */
  private List<Instance> instances() {
    return ec2
        .describeInstancesPaginator(
            r -> r.filters(Filter.builder().name("tag-key").values(KEY).build()))
        .reservations()
        .stream()
        .flatMap(reservation -> reservation.instances().stream())
        .toList();
  }

  /** Ids of instances that run or are about to. */
  public List<String> standing() {
    List<String> ids = new ArrayList<>();
    for (Instance instance : instances()) {
      InstanceStateName state = instance.state().name();
      if (state != InstanceStateName.TERMINATED && state != InstanceStateName.SHUTTING_DOWN) {
        ids.add(instance.instanceId());
      }
    }
    return ids;
  }

  private void happened(What what, String instance, String key, @Nullable String detail) {
    LOG.info("market: {} {} {} {}", what, key, instance, detail);
    Event event = new Event(Instant.now(), what, instance, key, String.valueOf(detail));
    events.add(event);
    listener.accept(event);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      machines.values().forEach(PlayedInstance::close);
      machines.clear();
    }
    front.close();
  }
}
