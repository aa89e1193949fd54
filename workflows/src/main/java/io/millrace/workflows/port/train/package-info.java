@NullMarked
package io.millrace.workflows.port.train;

import org.jspecify.annotations.NullMarked;
