/** Any Triptych generator as Spring AI's {@link org.springframework.ai.image.ImageModel}. */
@NullMarked
package dev.triptych.springai;

import org.jspecify.annotations.NullMarked;
