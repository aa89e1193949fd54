@NullMarked
package io.millrace.workflows.trial;

import org.jspecify.annotations.NullMarked;
