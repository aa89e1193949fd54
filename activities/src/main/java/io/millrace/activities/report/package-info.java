/** The report of a run. Start at {@link io.millrace.activities.report.RunReport}. */
@NullMarked
package io.millrace.activities.report;

import org.jspecify.annotations.NullMarked;
