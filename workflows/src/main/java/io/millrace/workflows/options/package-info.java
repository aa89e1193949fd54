/** Task queues, ids, search attributes and activity profiles, each in one place. */
@NullMarked
package io.millrace.workflows.options;

import org.jspecify.annotations.NullMarked;
