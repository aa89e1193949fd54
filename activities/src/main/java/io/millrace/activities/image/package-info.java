/**
 * Container images of model versions, made without a Docker engine and equal byte for byte when
 * what is in them is. Start at {@link io.millrace.activities.image.ModelImages}.
 */
@NullMarked
package io.millrace.activities.image;

import org.jspecify.annotations.NullMarked;
