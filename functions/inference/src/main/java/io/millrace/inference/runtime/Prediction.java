package io.millrace.inference.runtime;

/**
 * The answer for one row.
 *
 * @param scores the graph's outputs: {@code (1)} for binary and regression, {@code (classes)} for
 *     multiclass
 * @param label the class; for regression the value as text
 * @param score probability of the positive class (binary), of the answered class (multiclass), or
 *     the value in the target's unit (regression)
 */
@SuppressWarnings("ArrayRecordComponent") // one small array per row, made here and never shared
public record Prediction(float[] scores, String label, float score) {}
