/** How workflows pass on what alerts have to say. */
@NullMarked
package io.millrace.workflows.alert;

import org.jspecify.annotations.NullMarked;
