@NullMarked
package io.millrace.workflows.port.steward;

import org.jspecify.annotations.NullMarked;
