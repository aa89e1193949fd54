/**
 * Endpoints on Kubernetes. Start at {@link
 * io.millrace.activities.deploy.kubernetes.KubernetesTarget}.
 */
@NullMarked
package io.millrace.activities.deploy.kubernetes;

import org.jspecify.annotations.NullMarked;
