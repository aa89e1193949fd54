/**
 * Tables that outgrow one machine: the same expectations, profiles and samples as SQL on whatever
 * engine a setting names. {@link io.millrace.activities.query.QueryEngine} is the port, with {@link
 * io.millrace.activities.query.DuckDbEngine} in this process and {@link
 * io.millrace.activities.query.AthenaEngine} on S3; {@link
 * io.millrace.activities.query.TableRules}, {@link io.millrace.activities.query.TableProfile} and
 * {@link io.millrace.activities.query.LogSample} ask it.
 */
@NullMarked
package io.millrace.activities.query;

import org.jspecify.annotations.NullMarked;
