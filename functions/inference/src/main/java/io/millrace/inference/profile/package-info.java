/**
 * What a table's columns look like, in mergeable sketches. Start at {@link
 * io.millrace.inference.profile.ProfileBuilder} to make one and at {@link
 * io.millrace.inference.profile.Profile} to read one.
 */
@NullMarked
package io.millrace.inference.profile;

import org.jspecify.annotations.NullMarked;
