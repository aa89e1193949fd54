/**
 * The package format: a flat folder of {@code model.json} and {@code model.onnx}. Start at {@link
 * io.millrace.inference.model.ModelManifest}; {@link io.millrace.inference.model.ManifestJson}
 * reads and writes it, {@link io.millrace.inference.model.PackageFiles} gives its digest, {@link
 * io.millrace.inference.model.Encoder} turns rows into the graph's input.
 */
@NullMarked
package io.millrace.inference.model;

import org.jspecify.annotations.NullMarked;
