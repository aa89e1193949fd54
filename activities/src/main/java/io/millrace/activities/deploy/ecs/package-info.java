/** Endpoints on AWS ECS. Start at {@link io.millrace.activities.deploy.ecs.EcsTarget}. */
@NullMarked
package io.millrace.activities.deploy.ecs;

import org.jspecify.annotations.NullMarked;
