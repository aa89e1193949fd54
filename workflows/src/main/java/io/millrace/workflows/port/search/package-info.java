/** The port of hyperparameter search. Start at {@link SearchActivities}. */
@NullMarked
package io.millrace.workflows.port.search;

import org.jspecify.annotations.NullMarked;
