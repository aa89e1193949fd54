package io.millrace.activities.train.trees;

import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a trial needs to go on: the trees and how they did. Margins are their sums, random
 * numbers follow from the seed and the round, so neither is kept.
 *
 * @param outputs trees a round grows
 * @param trees in the order they were grown
 * @param bestValue the objective's best value; null before the first round's end
 * @param bestRound 1, 2, …; 0 before the first round's end
 * @param history the objective after each round
 * @param losses mean training loss after each round
 */
record BoostingState(
    int outputs,
    List<Tree> trees,
    @Nullable Double bestValue,
    int bestRound,
    List<Double> history,
    List<Double> losses) {
  private static final int MAGIC = 0x4d525431;

  BoostingState {
    trees = List.copyOf(trees);
    history = List.copyOf(history);
    losses = List.copyOf(losses);
  }

  /** What is not trees. */
  private record Head(
      int outputs,
      @Nullable Double bestValue,
      int bestRound,
      List<Double> history,
      List<Double> losses) {}

  /** Before the first round. */
  static BoostingState initial(int outputs) {
    return new BoostingState(outputs, List.of(), null, 0, List.of(), List.of());
  }

  /** Rounds done. */
  int rounds() {
    return trees.size() / outputs;
  }

  /** The trees of the best round and those before it. */
  List<Tree> best() {
    return trees.subList(0, bestRound * outputs);
  }

  /** Whether it is one of a trial with such inputs and outputs. */
  boolean fits(int width, int outputsWanted) {
    return outputs == outputsWanted
        && trees.size() % outputs == 0
        && history.size() == rounds()
        && losses.size() == rounds()
        && bestRound >= 0
        && bestRound <= rounds()
        && trees.stream().allMatch(tree -> tree.sound(width));
  }

  /** A number that marks the format, the head as JSON with its length, then the trees. */
  byte[] encode() {
    try {
      byte[] head =
          PayloadJson.mapper()
              .writeValueAsBytes(new Head(outputs, bestValue, bestRound, history, losses));
      ByteBuffer out =
          ByteBuffer.allocate(12 + head.length + trees.stream().mapToInt(Tree::size).sum());
      out.putInt(MAGIC).putInt(head.length).put(head).putInt(trees.size());
      trees.forEach(tree -> tree.write(out));
      return out.array();
    } catch (IOException e) {
      throw new IllegalStateException("a head is plain numbers", e);
    }
  }

  /**
   * @throws IOException when the bytes are not what {@link #encode} wrote
   */
  static BoostingState decode(byte[] bytes) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.getInt() != MAGIC) {
        throw new IOException("checkpoint: unknown format (expected: " + MAGIC + ")");
      }
      byte[] json = new byte[in.getInt()];
      in.get(json);
      Head head = PayloadJson.mapper().readValue(json, Head.class);
      int count = in.getInt();
      List<Tree> trees = new ArrayList<>();
      for (int t = 0; t < count; t++) {
        trees.add(Tree.read(in));
      }
      return new BoostingState(
          head.outputs(), trees, head.bestValue(), head.bestRound(), head.history(), head.losses());
    } catch (RuntimeException e) {
      throw new IOException("checkpoint: unreadable (expected: a state of format 1)", e);
    }
  }
}
