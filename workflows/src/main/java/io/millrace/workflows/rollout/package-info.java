@NullMarked
package io.millrace.workflows.rollout;

import org.jspecify.annotations.NullMarked;
