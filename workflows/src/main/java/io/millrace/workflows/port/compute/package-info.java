@NullMarked
package io.millrace.workflows.port.compute;

import org.jspecify.annotations.NullMarked;
