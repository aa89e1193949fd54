/**
 * Reads ONNX files with no library: what the plain Java runtime needs of them. Start at {@link
 * io.millrace.inference.onnx.OnnxFile}.
 */
@NullMarked
package io.millrace.inference.onnx;

import org.jspecify.annotations.NullMarked;
