package dev.triptych.langchain4j;

import dev.triptych.langchain4j.TriptychImageModel.TriptychImageModelBuilder;
import java.util.function.Supplier;

/**
 * Gives the builder that {@link TriptychImageModel#builder()} returns; found as a {@link java.util.ServiceLoader}
 * service. For frameworks that extend the builder.
 */
public interface TriptychImageModelBuilderFactory extends Supplier<TriptychImageModelBuilder> {}
