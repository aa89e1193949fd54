@NullMarked
package io.millrace.workflows.port.report;

import org.jspecify.annotations.NullMarked;
