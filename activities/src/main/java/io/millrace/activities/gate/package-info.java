/**
 * Gates: checks of a packaged model on the test split, with the runtime that serves. Start at
 * {@link io.millrace.activities.gate.GateSuite}; each gate is a class of its own, all fail closed.
 */
@NullMarked
package io.millrace.activities.gate;

import org.jspecify.annotations.NullMarked;
