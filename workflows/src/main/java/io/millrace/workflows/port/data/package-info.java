@NullMarked
package io.millrace.workflows.port.data;

import org.jspecify.annotations.NullMarked;
