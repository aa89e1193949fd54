/**
 * Answers to people and their advocates: {@link io.millrace.activities.privacy.SubjectErasure}
 * removes a person's rows, {@link io.millrace.activities.privacy.QuasiIdentifiers} says how well a
 * table hides its people.
 */
@NullMarked
package io.millrace.activities.privacy;

import org.jspecify.annotations.NullMarked;
