/**
 * Who was erased: {@link io.millrace.activities.subject.Subjects} knows people by pseudonyms, so
 * that they stay erased without being named.
 */
@NullMarked
package io.millrace.activities.subject;

import org.jspecify.annotations.NullMarked;
