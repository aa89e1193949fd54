/** What the running code was built from, and the machine it runs on. */
@NullMarked
package io.millrace.activities.platform;

import org.jspecify.annotations.NullMarked;
