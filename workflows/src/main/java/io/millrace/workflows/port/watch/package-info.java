@NullMarked
package io.millrace.workflows.port.watch;

import org.jspecify.annotations.NullMarked;
