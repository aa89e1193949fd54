/**
 * The command line. Start at {@link io.millrace.infra.cli.Millrace}; a command extends {@link
 * io.millrace.infra.cli.CliCommand} and is named in {@code Millrace}'s list.
 */
@NullMarked
package io.millrace.infra.cli;

import org.jspecify.annotations.NullMarked;
