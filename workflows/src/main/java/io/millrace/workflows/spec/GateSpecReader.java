package io.millrace.workflows.spec;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;

/** Chooses the case by the keys that are there. */
final class GateSpecReader extends StdDeserializer<GateSpec> {
  private static final long serialVersionUID = 1;

  GateSpecReader() {
    super(GateSpec.class);
  }

  @Override
  public GateSpec deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    JsonNode node = parser.readValueAsTree();
    Class<? extends GateSpec> kind =
        node.has("champion")
            ? GateSpec.NonInferiority.class
            : node.has("slice")
                ? GateSpec.WorstSlice.class
                : node.has("latency")
                    ? GateSpec.Latency.class
                    : node.has("approval") ? GateSpec.Approval.class : GateSpec.MetricBound.class;
    return parser.getCodec().treeToValue(node, kind);
  }
}
