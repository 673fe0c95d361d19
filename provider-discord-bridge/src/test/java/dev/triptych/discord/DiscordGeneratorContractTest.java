package dev.triptych.discord;

import dev.triptych.ImageGenerator;
import dev.triptych.discord.simulator.SimulatedImageBot;
import dev.triptych.testkit.ImageGeneratorContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class DiscordGeneratorContractTest extends ImageGeneratorContract {

    @TempDir
    Path directory;

    private RelayFixture fixture;

    @BeforeEach
    void start() {
        fixture = new RelayFixture(directory);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Override
    protected ImageGenerator createGenerator() {
        return fixture.relay();
    }

    @Override
    protected Optional<ImageGenerator> createHangingGenerator() {
        fixture.imageBot.script(SimulatedImageBot.Script.usual().ending(SimulatedImageBot.Ending.SILENCE));
        return Optional.of(fixture.relay());
    }

    @Override
    protected Optional<HeldGenerator> createHeldGenerator() {
        fixture.imageBot.hold();
        return Optional.of(new HeldGenerator(fixture.relay(), fixture.imageBot::awaitHeld, fixture.imageBot::release));
    }

    @Override
    protected List<String> secrets() {
        return List.of(fixture.relayBot.token());
    }
}
