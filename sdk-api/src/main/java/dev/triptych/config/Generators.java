package dev.triptych.config;

import dev.triptych.ImageGenerator;
import dev.triptych.resilience.GeneratorChain;
import dev.triptych.resilience.Surroundings;
import java.util.List;

/**
 * Puts the standard chain around generators that a program made itself; a {@link GeneratorRegistry} does the same to
 * those of a configuration. What the chain is stands in {@link GeneratorChain}.
 */
public final class Generators {

    private Generators() {}

    /**
     * {@code provider} with everything around it. Closing the result closes the provider. Where providers that differ
     * in their own defaults share a cache directory, their revisions must tell them apart.
     */
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
        try (GeneratorChain chain = settings.chain(surroundings)) {
            List<ImageGenerator> guarded = providers.stream()
                    .map(provider -> chain.guard(provider, settings.guard(), settings.localGuard()))
                    .toList();
            return chain.around(
                    guarded, settings.rewriter(), settings.cache().policy(), "", settings.fallback(), () -> {});
        }
    }
}
