/**
 * Any Triptych generator as Spring AI's {@link org.springframework.ai.image.ImageModel}. Here a request begins its walk
 * as a prompt of Spring AI's: messages, weights and media become one {@link dev.triptych.ImageRequest}, the generator
 * paints, and its result goes back with what is known of each picture as metadata.
 */
@NullMarked
package dev.triptych.springai;

import org.jspecify.annotations.NullMarked;
