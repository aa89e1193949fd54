/**
 * Endpoints as AWS Lambda functions. Start at {@link
 * io.millrace.activities.deploy.lambda.LambdaTarget}.
 */
@NullMarked
package io.millrace.activities.deploy.lambda;

import org.jspecify.annotations.NullMarked;
