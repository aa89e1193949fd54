@NullMarked
package io.millrace.workflows.port.spec;

import org.jspecify.annotations.NullMarked;
