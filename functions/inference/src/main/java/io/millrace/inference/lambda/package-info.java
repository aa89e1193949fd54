/**
 * A package as an AWS Lambda function. Start at {@link
 * io.millrace.inference.lambda.InferenceHandler}.
 */
@NullMarked
package io.millrace.inference.lambda;

import org.jspecify.annotations.NullMarked;
