package io.millrace.activities.train.container;

import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a trial goes on from: a folder the image wrote, and what it had told by then.
 *
 * @param image identity of the image that wrote it; another one starts anew
 * @param saves states kept so far, this one included
 * @param folder its name; null when the image has not named one yet
 * @param history the objective after each closed epoch
 * @param losses the loss of each closed epoch
 * @param archive of the folder; empty when there is none
 */
record ContainerState(
    String image,
    long saves,
    @Nullable String folder,
    List<Double> history,
    List<Double> losses,
    byte[] archive) {
  private static final int MAGIC = 0x4d524b31;

  ContainerState {
    history = List.copyOf(history);
    losses = List.copyOf(losses);
  }

  private record Head(
      String image,
      long saves,
      @Nullable String folder,
      List<Double> history,
      List<Double> losses) {}

  static ContainerState initial(String image) {
    return new ContainerState(image, 0, null, List.of(), List.of(), new byte[0]);
  }

  byte[] encode() {
    try {
      byte[] head =
          PayloadJson.mapper().writeValueAsBytes(new Head(image, saves, folder, history, losses));
      return ByteBuffer.allocate(8 + head.length + archive.length)
          .putInt(MAGIC)
          .putInt(head.length)
          .put(head)
          .put(archive)
          .array();
    } catch (IOException e) {
      throw new IllegalStateException("a head is plain values", e);
    }
  }

  /**
   * @return null when another image wrote it
   * @throws IOException when the bytes are not what {@link #encode} wrote
   */
  static @Nullable ContainerState decode(byte[] bytes, String image) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.getInt() != MAGIC) {
        throw new IOException("checkpoint: unknown format (expected: " + MAGIC + ")");
      }
      byte[] json = new byte[in.getInt()];
      in.get(json);
      Head head = PayloadJson.mapper().readValue(json, Head.class);
      byte[] archive = new byte[in.remaining()];
      in.get(archive);
      return head.image().equals(image)
          ? new ContainerState(
              image, head.saves(), head.folder(), head.history(), head.losses(), archive)
          : null;
    } catch (RuntimeException e) {
      throw new IOException("checkpoint: unreadable (expected: a state of format 1)", e);
    }
  }
}
