@NullMarked
package io.millrace.workflows.pipeline;

import org.jspecify.annotations.NullMarked;
