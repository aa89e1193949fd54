@NullMarked
package io.millrace.workflows.port.notify;

import org.jspecify.annotations.NullMarked;
