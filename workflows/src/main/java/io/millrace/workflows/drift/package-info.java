@NullMarked
package io.millrace.workflows.drift;

import org.jspecify.annotations.NullMarked;
