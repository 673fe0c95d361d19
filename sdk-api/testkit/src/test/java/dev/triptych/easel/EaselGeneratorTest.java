package dev.triptych.easel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.testkit.TestPictures;
import dev.triptych.testkit.http.FaultyServer;
import java.awt.Color;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EaselGeneratorTest {

    private final FaultyServer server = FaultyServer.start();
    private final EaselGenerator generator = new EaselGenerator("studio", server.address(), "ek-0123456789");

    @AfterEach
    void stop() {
        generator.close();
        server.close();
    }

    @Test
    void sendsWhatWasAsked() {
        server.answer("image/png", TestPictures.png(16, 8, Color.RED));

        generator.generate(ImageRequest.builder()
                .prompt("a \"red\" fox")
                .size(16, 8)
                .seed(7)
                .option("easel.varnish", "matte")
                .build());

        FaultyServer.Received sent = server.requests().get(0);
        assertThat(sent.method() + " " + sent.path()).isEqualTo("POST /paint");
        assertThat(sent.headers().first("authorization")).contains("Bearer ek-0123456789");
        assertThat(sent.body())
                .isEqualTo(
                        "{\"prompt\":\"a \\\"red\\\" fox\",\"width\":16,\"height\":8,\"seed\":7,\"varnish\":\"matte\"}");
    }

    @Test
    void saysWhatBecameOfACall() {
        server.refuse(401, "");
        assertFailsWith(AuthenticationException.class, Outcome.REJECTED);
        server.refuse(422, "a red fox is not allowed");
        assertFailsWith(ContentRejectedException.class, Outcome.REJECTED);
        server.askToWait(Duration.ofSeconds(7));
        assertThat(assertFailsWith(RateLimitedException.class, Outcome.REJECTED).retryAfter())
                .contains(Duration.ofSeconds(7));
        server.refuse(500, "");
        assertFailsWith(ProviderUnavailableException.class, Outcome.UNKNOWN);
        server.breakConnection();
        assertFailsWith(ProviderUnavailableException.class, Outcome.UNKNOWN);
        server.answerJson("{}");
        assertFailsWith(UnexpectedResponseException.class, Outcome.COMPLETED);
    }

    private ImageGenerationException assertFailsWith(Class<? extends ImageGenerationException> type, Outcome outcome) {
        int before = server.requests().size();
        ImageGenerationException error =
                catchThrowableOfType(ImageGenerationException.class, () -> generator.generate("a red fox"));
        assertThat(error).isInstanceOf(type);
        assertThat(error.outcome()).isEqualTo(outcome);
        assertThat(error).hasMessageNotContaining("red fox");
        assertThat(server.requests()).as("sent once").hasSize(before + 1);
        return error;
    }

    @Test
    void knowsThatNothingWasSentWhereNobodyListens() {
        EaselGenerator nowhere = new EaselGenerator("studio", URI.create("http://127.0.0.1:1"), "ek-0123456789");

        ImageGenerationException error =
                catchThrowableOfType(ImageGenerationException.class, () -> nowhere.generate("a red fox"));

        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(error).hasMessage("the API must be there but refuses connections");
    }

    @Test
    void isFoundInAConfigurationAndSplitByTheChain() {
        server.answer("image/png", TestPictures.png(512, 512, Color.RED));
        TriptychConfig config = TriptychConfig.builder()
                .yaml("generators: { studio: { type: easel, base-url: \"" + server.address()
                        + "\", api-key: \"${env:EASEL_KEY}\" } }")
                .environment(Map.of("EASEL_KEY", "ek-0123456789"))
                .build();

        try (GeneratorRegistry registry = GeneratorRegistry.load(config)) {
            ImageGenerator chain = registry.defaultGenerator();
            assertThat(chain.generate(ImageRequest.builder()
                                    .prompt("a fox")
                                    .count(2)
                                    .build())
                            .images())
                    .hasSize(2);
        }
        assertThat(server.requests()).hasSize(2);
    }
}
