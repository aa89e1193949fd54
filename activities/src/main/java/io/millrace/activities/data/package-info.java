/**
 * Brings data in: {@link io.millrace.activities.data.DuckDbIngest} stages the source, reads it with
 * DuckDB, hides personal data, checks expectations, splits, and publishes a DatasetVersion.
 */
@NullMarked
package io.millrace.activities.data;

import org.jspecify.annotations.NullMarked;
