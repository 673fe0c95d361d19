/** Any Triptych generator as LangChain4j's {@link dev.langchain4j.model.image.ImageModel}. */
@NullMarked
package dev.triptych.langchain4j;

import org.jspecify.annotations.NullMarked;
