@NullMarked
package io.millrace.workflows.pool;

import org.jspecify.annotations.NullMarked;
