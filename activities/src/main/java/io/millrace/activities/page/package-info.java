/**
 * Pages for people: one file each, nothing loaded from elsewhere, everything escaped. Start at
 * {@link io.millrace.activities.page.Page}.
 */
@NullMarked
package io.millrace.activities.page;

import org.jspecify.annotations.NullMarked;
