/** References that payloads carry instead of data. */
@NullMarked
package io.millrace.workflows.ref;

import org.jspecify.annotations.NullMarked;
