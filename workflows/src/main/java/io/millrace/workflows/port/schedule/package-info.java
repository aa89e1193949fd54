@NullMarked
package io.millrace.workflows.port.schedule;

import org.jspecify.annotations.NullMarked;
