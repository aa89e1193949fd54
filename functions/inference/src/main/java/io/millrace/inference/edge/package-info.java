/**
 * What runs inside an edge bundle, a signed folder that serves one version with no network: the
 * check of its files, the server's main, and the spool that keeps the prediction log until a store
 * can be reached. Start at {@link io.millrace.inference.edge.EdgeMain}.
 */
@NullMarked
package io.millrace.inference.edge;

import org.jspecify.annotations.NullMarked;
