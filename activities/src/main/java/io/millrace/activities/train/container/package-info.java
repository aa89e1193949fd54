/**
 * Trains with any image that follows the contract in {@code infra/docs/families.md}: {@link
 * io.millrace.activities.train.container.ContainerFamily} is the family, {@link
 * io.millrace.activities.train.container.Contract} the files and their formats, {@link
 * io.millrace.activities.train.container.DockerEngine} the edge to the engine.
 */
@NullMarked
package io.millrace.activities.train.container;

import org.jspecify.annotations.NullMarked;
