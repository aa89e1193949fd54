@NullMarked
package io.millrace.workflows.port.registry;

import org.jspecify.annotations.NullMarked;
