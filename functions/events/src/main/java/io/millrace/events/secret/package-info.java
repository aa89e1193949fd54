/** Secrets by reference. Start at {@link io.millrace.events.secret.SecretReferences}. */
@NullMarked
package io.millrace.events.secret;

import org.jspecify.annotations.NullMarked;
