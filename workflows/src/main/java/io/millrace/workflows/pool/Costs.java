package io.millrace.workflows.pool;

import java.util.Locale;

/**
 * What a pool's nodes cost so far, US dollars.
 *
 * @param spot paid on the spot market
 * @param onDemand paid on demand
 * @param lost part of the two that bought work which an interruption threw away: for each node that
 *     vanished without warning, its price times the time since its last checkpoint, which is taken
 *     for {@code training.checkpoint.every} or its whole life, the shorter: so this is an upper
 *     bound
 * @param saved what the spot hours would have cost more on demand
 * @param nodeHours of all nodes, free ones too
 * @param lostSeconds the time behind {@code lost}, of free nodes too
 * @param unpricedHours hours whose price is not known, and not counted
 * @param hourly what the nodes that live now cost an hour
 */
public record Costs(
    double spot,
    double onDemand,
    double lost,
    double saved,
    double nodeHours,
    double lostSeconds,
    double unpricedHours,
    double hourly) {
  public static final Costs NONE = new Costs(0, 0, 0, 0, 0, 0, 0, 0);

  /** Spot and on demand. */
  public double total() {
    return spot + onDemand;
  }

  /** Of two pools of one run. */
  public Costs plus(Costs other) {
    return new Costs(
        spot + other.spot,
        onDemand + other.onDemand,
        lost + other.lost,
        saved + other.saved,
        nodeHours + other.nodeHours,
        lostSeconds + other.lostSeconds,
        unpricedHours + other.unpricedHours,
        hourly + other.hourly);
  }

  /** {@code 1.25 USD (spot 1.25, on demand 0.00, lost 0.01, saved 2.10)}. */
  public String sentence() {
    return String.format(
        Locale.ROOT,
        "%.2f USD (spot %.2f, on demand %.2f, lost %.2f, saved %.2f)%s",
        total(),
        spot,
        onDemand,
        lost,
        saved,
        unpricedHours > 0
            ? String.format(Locale.ROOT, " and %.1f h of unknown price", unpricedHours)
            : "");
  }
}
