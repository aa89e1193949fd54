@NullMarked
package io.millrace.workflows.port.audit;

import org.jspecify.annotations.NullMarked;
