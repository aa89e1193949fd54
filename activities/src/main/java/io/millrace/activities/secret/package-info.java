/** Secrets by reference. Start at {@link io.millrace.activities.secret.SecretResolver}. */
@NullMarked
package io.millrace.activities.secret;

import org.jspecify.annotations.NullMarked;
