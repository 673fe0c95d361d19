package dev.triptych.config;

import dev.triptych.ForwardingGenerator;
import dev.triptych.ImageGenerator;
import dev.triptych.cache.CacheSettings;
import dev.triptych.cache.CachingGenerator;
import dev.triptych.cache.PictureCache;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.resilience.BudgetedGenerator;
import dev.triptych.resilience.BulkheadSettings;
import dev.triptych.resilience.FallbackGenerator;
import dev.triptych.resilience.FallbackSettings;
import dev.triptych.resilience.GuardParts;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.GuardedGenerator;
import dev.triptych.resilience.ObservedGenerator;
import dev.triptych.resilience.RetrySettings;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.ImageGeneratorContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Every wrapper keeps the contract of what it stands around, alone, in the standard chain and in the registry. */
class ChainContractTest {

    private static final GuardSettings GUARD = GuardSettings.none()
            .withBulkhead(new BulkheadSettings(2, 16, Duration.ofMinutes(10)))
            .withRetry(RetrySettings.standard())
            .withTimeout(Duration.ofMinutes(5));

    @TempDir
    Path directory;

    /** A wrapper around the fake, free or billed. */
    abstract static class OfAWrapper extends ImageGeneratorContract {

        private final boolean billed;

        OfAWrapper(boolean billed) {
            this.billed = billed;
        }

        /** The wrapper around {@code fake}. */
        abstract ImageGenerator around(FaultyGenerator fake);

        private FaultyGenerator fake() {
            return billed ? FaultyGenerator.billed("fake") : FaultyGenerator.named("fake");
        }

        @Override
        protected ImageGenerator createGenerator() {
            return around(fake());
        }

        @Override
        protected Optional<ImageGenerator> createHangingGenerator() {
            return Optional.of(around(fake().block()));
        }

        @Override
        protected Optional<HeldGenerator> createHeldGenerator() {
            FaultyGenerator fake = fake().block();
            return Optional.of(new HeldGenerator(around(fake), fake::awaitBlocked, fake::release));
        }
    }

    @Nested
    class Forwarding extends OfAWrapper {
        Forwarding() {
            super(true);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return new ForwardingGenerator(fake) {};
        }
    }

    @Nested
    class Guarded extends OfAWrapper {
        Guarded() {
            super(true);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return GuardedGenerator.of(fake, GUARD, GuardParts.standard());
        }

        @Override
        protected int callsAtOnce() {
            return 2;
        }
    }

    @Nested
    class GuardedAndFree extends OfAWrapper {
        GuardedAndFree() {
            super(false);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return GuardedGenerator.of(fake.working(1), GuardSettings.local(), GuardParts.standard());
        }

        @Override
        protected int callsAtOnce() {
            return 1;
        }
    }

    @Nested
    class Fallback extends OfAWrapper {
        Fallback() {
            super(true);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return new FallbackGenerator(List.of(fake, FaultyGenerator.named("other")), FallbackSettings.standard());
        }
    }

    @Nested
    class Budgeted extends OfAWrapper {
        Budgeted() {
            super(true);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return new BudgetedGenerator(
                    GuardedGenerator.of(fake, GUARD, GuardParts.standard()),
                    Budget.open(BudgetSettings.in(directory, "USD")));
        }
    }

    @Nested
    class Caching extends OfAWrapper {
        Caching() {
            super(false);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return new CachingGenerator(fake, PictureCache.open(CacheSettings.standard()));
        }
    }

    @Nested
    class Observed extends OfAWrapper {
        Observed() {
            super(true);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return new ObservedGenerator(fake, List.of());
        }
    }

    @Nested
    class Standard extends OfAWrapper {
        Standard() {
            super(true);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return Generators.standard(
                    List.of(fake, FaultyGenerator.named("other")),
                    StandardSettings.standard()
                            .withGuard(GUARD)
                            .withBudget(BudgetSettings.in(directory.resolve("budget"), "USD"))
                            .withJournal(new JournalSettings(directory.resolve("journal"))));
        }

        @Override
        protected int callsAtOnce() {
            return 2;
        }
    }

    @Nested
    class InTheRegistry extends OfTheRegistry {
        InTheRegistry() {
            super(true);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return of(fake, "bulkhead: { max-concurrent: 2 }");
        }

        @Override
        protected int callsAtOnce() {
            return 2;
        }
    }

    @Nested
    class FreeInTheRegistry extends OfTheRegistry {
        FreeInTheRegistry() {
            super(false);
        }

        @Override
        ImageGenerator around(FaultyGenerator fake) {
            return of(fake.working(1), "parallel-calls: 1");
        }

        @Override
        protected int callsAtOnce() {
            return 1;
        }
    }

    /** A generator that a registry hands out; closing it closes the registry. */
    private abstract static class OfTheRegistry extends OfAWrapper {

        OfTheRegistry(boolean billed) {
            super(billed);
        }

        ImageGenerator of(FaultyGenerator fake, String settings) {
            TriptychConfig config = TriptychConfig.builder()
                    .yaml("generators: { fake: { type: fake, " + settings
                            + ", fallback: [other] }, other: { type: other } }\ndefault: fake")
                    .build();
            GeneratorRegistry registry = GeneratorRegistry.builder()
                    .config(config)
                    .factory(new Fixed("fake", fake))
                    .factory(new Fixed("other", FaultyGenerator.named("other")))
                    .build();
            return new ForwardingGenerator(registry.defaultGenerator()) {
                @Override
                protected void closeNext() {
                    registry.close();
                }
            };
        }
    }

    private record Fixed(String type, ImageGenerator generator) implements GeneratorFactory {
        @Override
        public List<SettingKey> keys() {
            return List.of();
        }

        @Override
        public ImageGenerator create(GeneratorSettings settings) {
            return generator;
        }
    }
}
