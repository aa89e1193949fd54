@NullMarked
package io.millrace.workflows.port;

import org.jspecify.annotations.NullMarked;
