/**
 * The journal of a run: what finished steps answered, so that nothing finished is done twice. Start
 * at {@link io.millrace.activities.journal.JournalInterceptor}.
 */
@NullMarked
package io.millrace.activities.journal;

import org.jspecify.annotations.NullMarked;
