package dev.triptych.easel;

import dev.triptych.ImageGenerator;
import dev.triptych.testkit.ImageGeneratorContract;
import dev.triptych.testkit.TestPictures;
import dev.triptych.testkit.http.FaultyServer;
import java.awt.Color;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

class EaselContractTest extends ImageGeneratorContract {

    private static final String KEY = "ek-0123456789";

    private final FaultyServer server = FaultyServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    @Override
    protected ImageGenerator createGenerator() {
        server.answer("image/png", TestPictures.png(512, 512, Color.RED));
        return new EaselGenerator("studio", server.address(), KEY);
    }

    @Override
    protected Optional<ImageGenerator> createHangingGenerator() {
        server.hang();
        return Optional.of(new EaselGenerator("studio", server.address(), KEY));
    }

    @Override
    protected Optional<HeldGenerator> createHeldGenerator() {
        ImageGenerator generator = createGenerator();
        server.hold();
        return Optional.of(new HeldGenerator(generator, server::awaitHeld, server::release));
    }

    @Override
    protected List<String> secrets() {
        return List.of(KEY);
    }
}
