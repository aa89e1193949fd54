/** Endpoints that are files: see {@link io.millrace.activities.deploy.bundle.BundleTarget}. */
@NullMarked
package io.millrace.activities.deploy.bundle;

import org.jspecify.annotations.NullMarked;
