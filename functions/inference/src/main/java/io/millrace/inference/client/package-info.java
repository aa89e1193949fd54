/**
 * Asks a deployed model. Start at {@link io.millrace.inference.client.ModelClient}. Needs the JDK
 * and Jackson only and nothing else of this module, so that a caller does not carry the engine.
 */
@NullMarked
package io.millrace.inference.client;

import org.jspecify.annotations.NullMarked;
