@NullMarked
package io.millrace.workflows.port.alert;

import org.jspecify.annotations.NullMarked;
