/** Settings. Start at {@link io.millrace.infra.config.AppConfig}. */
@NullMarked
package io.millrace.infra.config;

import org.jspecify.annotations.NullMarked;
