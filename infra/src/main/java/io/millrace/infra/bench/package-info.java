/** Programs of {@code infra/bench}; not part of the product's paths. */
@NullMarked
package io.millrace.infra.bench;

import org.jspecify.annotations.NullMarked;
