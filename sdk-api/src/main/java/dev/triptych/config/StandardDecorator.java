package dev.triptych.config;

import dev.triptych.ImageGenerator;
import dev.triptych.cache.CachePolicy;
import dev.triptych.cache.CachingGenerator;
import dev.triptych.cache.PictureCache;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.CallJournal;
import dev.triptych.resilience.FallbackGenerator;
import dev.triptych.resilience.FallbackSettings;
import dev.triptych.resilience.GenerationObserver;
import dev.triptych.resilience.GuardParts;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.GuardedGenerator;
import dev.triptych.resilience.ObservedGenerator;
import dev.triptych.resilience.Observers;
import dev.triptych.resilience.Resilience;
import dev.triptych.resilience.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts the standard chain around every generator of a registry. One cache, one budget and one journal serve them all.
 * Thread-safe.
 */
public final class StandardDecorator implements GeneratorDecorator {

    private final StandardSettings settings;
    private final PictureCache cache;
    private final Optional<Budget> budget;
    private final List<GenerationObserver> observers;
    private final GuardParts parts;

    /** The decorator of {@code settings}, with time and chance from {@code surroundings}. */
    public StandardDecorator(StandardSettings settings, Surroundings surroundings) {
        this.settings = settings;
        this.cache = PictureCache.open(settings.cache());
        this.budget = settings.budget().map(limits -> Budget.open(limits, surroundings.clock()));
        Resilience resilience = new Resilience();
        this.observers = observers(settings, resilience);
        this.parts = new GuardParts(
                resilience,
                settings.journal().map(where -> CallJournal.open(where, surroundings.clock())),
                observers,
                surroundings);
    }

    /**
     * The decorator that {@code config} asks for.
     *
     * @throws ConfigException if a key is unknown or a setting of a section cannot be used
     */
    public static StandardDecorator of(TriptychConfig config) {
        return new StandardDecorator(settings(config), Surroundings.real());
    }

    private static StandardSettings settings(TriptychConfig config) {
        config.generatorNames()
                .forEach(
                        name -> GuardConfig.checkKeys(new ChainSection("generators." + name, config.unresolved(name))));
        return ChainConfig.read(config);
    }

    private static List<GenerationObserver> observers(StandardSettings settings, Resilience resilience) {
        List<GenerationObserver> all = new ArrayList<>(settings.observers());
        if (settings.observeClassPath()) {
            all.addAll(Observers.onClassPath(resilience));
        }
        return List.copyOf(all);
    }

    @Override
    public ImageGenerator guard(ImageGenerator provider, GeneratorSettings own) {
        ChainSection section = new ChainSection("generators." + own.name(), own);
        return GuardedGenerator.of(provider, GuardConfig.read(section, guardSettings(provider)), parts);
    }

    /** {@code provider} behind what stands around each generator of its kind. */
    GuardedGenerator guard(ImageGenerator provider) {
        return GuardedGenerator.of(provider, guardSettings(provider), parts);
    }

    private GuardSettings guardSettings(ImageGenerator provider) {
        return provider.info().local() ? settings.localGuard() : settings.guard();
    }

    @Override
    public ImageGenerator wrap(ImageGenerator guarded, GeneratorSettings own, List<ImageGenerator> fallbacks) {
        ChainSection section = new ChainSection("generators." + own.name(), own);
        List<ImageGenerator> candidates = new ArrayList<>(List.of(guarded));
        candidates.addAll(fallbacks);
        return wrap(
                candidates,
                section.word("cache", CachePolicy.class).orElse(cache.policy()),
                own.ofPictures(),
                GuardConfig.fallback(section, settings.fallback()));
    }

    /** observe → cache → budget → fallback, around {@code candidates}. */
    ImageGenerator wrap(
            List<ImageGenerator> candidates, CachePolicy policy, String ofPictures, FallbackSettings fallback) {
        ImageGenerator chain = new FallbackGenerator(candidates, fallback, budget);
        return new ObservedGenerator(new CachingGenerator(chain, cache, policy, ofPictures), observers);
    }

    @Override
    public void close() {
        cache.close();
    }

    /** Makes the decorator of a registry; the service that {@link GeneratorRegistry} finds. */
    public static final class StandardFactory implements GeneratorDecorator.Factory {

        /** For the service loader. */
        public StandardFactory() {}

        @Override
        public GeneratorDecorator create(TriptychConfig config) {
            return StandardDecorator.of(config);
        }

        @Override
        public void check(TriptychConfig config) {
            settings(config);
        }
    }
}
