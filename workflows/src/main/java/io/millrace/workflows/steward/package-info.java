@NullMarked
package io.millrace.workflows.steward;

import org.jspecify.annotations.NullMarked;
