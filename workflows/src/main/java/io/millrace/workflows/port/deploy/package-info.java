@NullMarked
package io.millrace.workflows.port.deploy;

import org.jspecify.annotations.NullMarked;
