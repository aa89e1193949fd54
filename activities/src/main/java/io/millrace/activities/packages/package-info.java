/** Packaged models in the store. Start at {@link io.millrace.activities.packages.Packages}. */
@NullMarked
package io.millrace.activities.packages;

import org.jspecify.annotations.NullMarked;
