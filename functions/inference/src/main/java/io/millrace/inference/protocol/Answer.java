package io.millrace.inference.protocol;

import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.runtime.Prediction;
import java.util.List;

/**
 * Scored rows with what the answer says about them.
 *
 * @param requestId echoed to the caller
 * @param manifest of the model that answered
 * @param version of the model; 0 when the server does not know, as in a function
 */
public record Answer(
    String requestId, ModelManifest manifest, int version, List<Prediction> predictions) {}
