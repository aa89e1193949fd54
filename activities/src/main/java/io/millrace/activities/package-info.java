@NullMarked
package io.millrace.activities;

import org.jspecify.annotations.NullMarked;
