/**
 * Any Triptych generator as LangChain4j's {@link dev.langchain4j.model.image.ImageModel}. Here a request begins its
 * walk as a text, with pictures to edit or without: the model's settings make it one {@link dev.triptych.ImageRequest},
 * and what the generator paints goes back as LangChain4j's images.
 */
@NullMarked
package dev.triptych.langchain4j;

import org.jspecify.annotations.NullMarked;
