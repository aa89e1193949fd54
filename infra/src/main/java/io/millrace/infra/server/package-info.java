/**
 * Model servers as processes. Start at {@link io.millrace.infra.server.ServerMain}; {@link
 * io.millrace.infra.server.LocalSupervisor} keeps them up.
 */
@NullMarked
package io.millrace.infra.server;

import org.jspecify.annotations.NullMarked;
