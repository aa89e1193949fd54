/** The processes that run workflows and activities, and how their parts are put together. */
@NullMarked
package io.millrace.infra.worker;

import org.jspecify.annotations.NullMarked;
