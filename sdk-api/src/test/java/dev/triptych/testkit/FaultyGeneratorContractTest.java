package dev.triptych.testkit;

import dev.triptych.ImageGenerator;
import java.util.Optional;

class FaultyGeneratorContractTest extends ImageGeneratorContract {

    @Override
    protected ImageGenerator createGenerator() {
        return FaultyGenerator.named("fake");
    }

    @Override
    protected Optional<ImageGenerator> createHangingGenerator() {
        return Optional.of(FaultyGenerator.named("fake").block());
    }
}
