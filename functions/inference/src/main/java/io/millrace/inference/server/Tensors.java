package io.millrace.inference.server;

import io.millrace.inference.protocol.Answer;
import io.millrace.inference.protocol.JsonInput;
import io.millrace.inference.protocol.OpenInference;
import io.millrace.inference.runtime.Rows;
import org.jspecify.annotations.Nullable;

/** A request of the Open Inference Protocol on its way to its answer. One thread. */
final class Tensors implements Scoring.Protocol {
  private final OpenInference.Body body;
  private final int maxRows;
  private OpenInference.@Nullable Request read;
  private int headerLength = -1;

  Tensors(OpenInference.Body body, int maxRows) {
    this.body = body;
    this.maxRows = maxRows;
  }

  @Override
  public Rows read(Backend backend) {
    OpenInference.Request request =
        OpenInference.read(body, backend.runtime().schema(), maxRows, JsonInput.Parser.JACKSON);
    read = request;
    return request.rows();
  }

  @Override
  public byte[] write(Answer answer) {
    OpenInference.Request request = read;
    if (request == null) {
      throw new IllegalStateException("written before it was read");
    }
    String id = request.id();
    // the protocol wants the body's id back, whatever the header says
    Answer named =
        id == null
            ? answer
            : new Answer(id, answer.manifest(), answer.version(), answer.predictions());
    OpenInference.Written written = OpenInference.write(named, request.outputs());
    headerLength = written.headerLength();
    return written.body();
  }

  /** Bytes of JSON in front of the answer's tensors; -1 when all of it is JSON. */
  int headerLength() {
    return headerLength;
  }
}
