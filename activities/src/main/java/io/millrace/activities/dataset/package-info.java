/**
 * Published DatasetVersions: what one holds ({@link
 * io.millrace.activities.dataset.DatasetManifest}), how it is read ({@link
 * io.millrace.activities.dataset.Datasets}, into {@link io.millrace.activities.dataset.Table}).
 */
@NullMarked
package io.millrace.activities.dataset;

import org.jspecify.annotations.NullMarked;
