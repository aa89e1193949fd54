/**
 * Drift of all columns together, which no single column shows. Start at {@link
 * io.millrace.activities.watch.multivariate.MultivariateDrift}.
 */
@NullMarked
package io.millrace.activities.watch.multivariate;

import org.jspecify.annotations.NullMarked;
