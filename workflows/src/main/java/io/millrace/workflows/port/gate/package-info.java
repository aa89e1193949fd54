@NullMarked
package io.millrace.workflows.port.gate;

import org.jspecify.annotations.NullMarked;
