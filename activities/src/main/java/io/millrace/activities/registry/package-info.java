/**
 * Model versions, aliases and lineage in the store. Start at {@link
 * io.millrace.activities.registry.ObjectRegistry} for writing and {@link
 * io.millrace.activities.registry.Models} for reading.
 */
@NullMarked
package io.millrace.activities.registry;

import org.jspecify.annotations.NullMarked;
