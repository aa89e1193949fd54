/** The store: one layout, two adapters, conditional create as the only lock. */
@NullMarked
package io.millrace.activities.store;

import org.jspecify.annotations.NullMarked;
