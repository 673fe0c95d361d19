package dev.triptych.testkit;

import dev.triptych.ImageGenerator;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

/** The fake keeps the contract of a provider: free, with a queue of its own, and billed. */
class FaultyGeneratorContractTest {

    @Nested
    class Free extends OfTheFake {
        @Override
        FaultyGenerator fake() {
            return FaultyGenerator.named("fake").working(2);
        }

        @Override
        protected int callsAtOnce() {
            return 2;
        }
    }

    @Nested
    class Billed extends OfTheFake {
        @Override
        FaultyGenerator fake() {
            return FaultyGenerator.billed("fake");
        }
    }

    private abstract static class OfTheFake extends ImageGeneratorContract {

        abstract FaultyGenerator fake();

        @Override
        protected ImageGenerator createGenerator() {
            return fake();
        }

        @Override
        protected Optional<ImageGenerator> createHangingGenerator() {
            return Optional.of(fake().block());
        }

        @Override
        protected Optional<HeldGenerator> createHeldGenerator() {
            FaultyGenerator fake = fake().block();
            return Optional.of(new HeldGenerator(fake, fake::awaitBlocked, fake::release));
        }
    }
}
