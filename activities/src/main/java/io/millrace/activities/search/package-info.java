/**
 * Hyperparameter search: what to try next, as a function of the seed and of what was tried. Start
 * at {@link io.millrace.activities.search.SeededSearch}.
 */
@NullMarked
package io.millrace.activities.search;

import org.jspecify.annotations.NullMarked;
