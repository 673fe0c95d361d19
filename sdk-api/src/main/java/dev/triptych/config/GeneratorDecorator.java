package dev.triptych.config;

import dev.triptych.ImageGenerator;
import java.util.List;

/**
 * Puts what belongs around every generator around each one that a {@link GeneratorRegistry} makes. Thread-safe.
 *
 * <p>There are two places. {@link #guard} goes around one provider alone (retry, limits, timeout), and what it returns
 * also serves as another generator's fallback. {@link #wrap} goes around what callers get (cache, budget, fallback).
 */
public interface GeneratorDecorator extends AutoCloseable {

    /** {@code provider} with what belongs around it alone. Closing the result closes {@code provider}. */
    default ImageGenerator guard(ImageGenerator provider, GeneratorSettings settings) {
        return provider;
    }

    /**
     * The generator that callers get. Closing it may close {@code guarded} and the fallbacks: the registry hands out
     * ones that live on until the registry itself closes them.
     *
     * @param guarded the generator's own provider, guarded
     * @param settings its settings, those of a {@link GeneratorFactory} included
     * @param fallbacks the guarded generators named under {@code fallback:}, in order
     */
    default ImageGenerator wrap(ImageGenerator guarded, GeneratorSettings settings, List<ImageGenerator> fallbacks) {
        return guarded;
    }

    /** Releases what the decorated generators share, when the registry has let go of them. */
    @Override
    default void close() {}

    /** A decorator that adds nothing. */
    static GeneratorDecorator none() {
        return new GeneratorDecorator() {};
    }

    /** Makes the decorator of a registry; found as a {@link java.util.ServiceLoader} service. */
    @FunctionalInterface
    interface Factory {
        /** The decorator for the generators of {@code config}. */
        GeneratorDecorator create(TriptychConfig config);

        /**
         * Checks that {@code config} can be used where the decorator stays, as it does when a reload finds no section
         * changed.
         *
         * @throws ConfigException if {@link #create} would refuse it
         */
        default void check(TriptychConfig config) {}
    }
}
