/**
 * Edge bundles: one signed archive that serves a ModelVersion with no network. Start at {@link
 * io.millrace.activities.bundle.EdgeBundles}; what runs inside is {@code
 * io.millrace.inference.edge}.
 */
@NullMarked
package io.millrace.activities.bundle;

import org.jspecify.annotations.NullMarked;
