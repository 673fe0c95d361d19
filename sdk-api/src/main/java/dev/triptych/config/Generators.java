package dev.triptych.config;

import dev.triptych.ImageGenerator;
import dev.triptych.resilience.Surroundings;
import java.util.List;

/**
 * Puts the standard chain around generators that a program made itself; a {@link GeneratorRegistry} does the same to
 * those of a configuration.
 *
 * <pre>
 * observe → cache → budget → fallback [ rate limit → bulkhead → circuit breaker → retry → timeout → split → provider ]
 * </pre>
 */
public final class Generators {

    private Generators() {}

    /** {@code provider} with everything around it. Closing the result closes the provider. */
    public static ImageGenerator standard(ImageGenerator provider, StandardSettings settings) {
        return standard(List.of(provider), settings);
    }

    /**
     * {@code providers} as a chain, first choice first, with everything around them. Closing the result closes them
     * all.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ImageGenerator standard(List<? extends ImageGenerator> providers, StandardSettings settings) {
        return standard(providers, settings, Surroundings.real());
    }

    /**
     * {@code providers} as a chain, with time and chance from {@code surroundings}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ImageGenerator standard(
            List<? extends ImageGenerator> providers, StandardSettings settings, Surroundings surroundings) {
        StandardDecorator decorator = new StandardDecorator(settings, surroundings);
        List<ImageGenerator> guarded =
                providers.stream().<ImageGenerator>map(decorator::guard).toList();
        return new OwningGenerator(
                decorator.wrap(guarded, settings.cache().policy(), settings.fallback()), decorator::close);
    }
}
