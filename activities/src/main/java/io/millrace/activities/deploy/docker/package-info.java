/**
 * Endpoints as containers of one Docker engine: replicas of each version behind HAProxy, which is
 * driven through its runtime socket. Start at {@link
 * io.millrace.activities.deploy.docker.DockerTarget}.
 */
@NullMarked
package io.millrace.activities.deploy.docker;

import org.jspecify.annotations.NullMarked;
