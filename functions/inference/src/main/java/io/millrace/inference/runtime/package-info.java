/**
 * Opens a package and scores rows: the one code path of gates, servers and functions. Start at
 * {@link io.millrace.inference.runtime.ModelRuntime}; {@link io.millrace.inference.runtime.Rows}
 * takes the values of a request and tells what is wrong with them.
 */
@NullMarked
package io.millrace.inference.runtime;

import org.jspecify.annotations.NullMarked;
