package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.discord.simulator.Pictures;
import dev.triptych.discord.simulator.SimulatedImageBot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SelfHostedTest {

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

    @Test
    void bringsTheFourPicturesOfAGrid() {
        // Reading the channel again could be faster than the gateway, and then there is no progress to tell of.
        DiscordImageGenerator relay = fixture.relay(fixture.settings().reconcileAfter(Duration.ofSeconds(10)));
        fixture.imageBot.script(SimulatedImageBot.Script.usual().step(20));

        ImageResult result = relay.generate(RelayFixture.grid("a red fox"), fixture.listening());

        assertThat(result.images()).hasSize(4);
        for (int tile = 1; tile <= 4; tile++) {
            GeneratedImage image = result.images().get(tile - 1);
            assertThat(RelayFixture.isTile(image, RelayFixture.repeated("a red fox"), tile))
                    .isTrue();
            assertThat(image.seed()).hasValue(6 + tile);
            assertThat(image.imageId().orElseThrow()).matches("\\d+:" + tile);
        }
        assertThat(fixture.events).element(0).isInstanceOf(GenerationEvent.Started.class);
        assertThat(fixture.events)
                .anyMatch(event -> event instanceof GenerationEvent.Progress progress && progress.step() == 93);
        assertThat(fixture.events).anyMatch(GenerationEvent.Preview.class::isInstance);
    }

    @Test
    void asksForOnePictureWhereOneIsWanted() {
        ImageResult result = fixture.relay()
                .generate(ImageRequest.builder().prompt("a red fox").seed(7).build());

        assertThat(result.images()).hasSize(1);
        assertThat(RelayFixture.isTile(result.image(), RelayFixture.repeated("a red fox"), 1))
                .isTrue();
        assertThat(result.image().imageId().orElseThrow()).endsWith(":0");
    }

    @Test
    void upscalesVariesAndRerolls() {
        DiscordImageGenerator relay = fixture.relay();
        ImageResult grid = relay.generate(RelayFixture.grid("a red fox"));
        GeneratedImage second = grid.images().get(1);

        ImageResult upscaled = relay.generate(reference(second, Operation.UPSCALE, 1));
        ImageResult variation = relay.generate(reference(second, Operation.VARIATION, 4));
        ImageResult again = relay.generate(reference(upscaled.image(), Operation.VARIATION, 1));
        String message = second.imageId().orElseThrow().split(":", 2)[0];
        ImageResult reroll = relay.generate(ImageRequest.builder()
                .reference(new ImageReference("discord", message, Operation.VARIATION))
                .count(4)
                .build());

        assertThat(RelayFixture.isTile(upscaled.image(), RelayFixture.repeated("a red fox"), 2))
                .isTrue();
        assertThat(variation.images()).hasSize(4);
        assertThat(again.images()).hasSize(1);
        assertThat(reroll.images()).hasSize(4);
        assertThat(fixture.imageBot.asked())
                .hasSize(5)
                .allSatisfy((job, times) -> assertThat(times).isEqualTo(1));
    }

    private static ImageRequest reference(GeneratedImage image, Operation operation, int count) {
        return ImageRequest.builder()
                .reference(new ImageReference("discord", image.imageId().orElseThrow(), operation))
                .count(count)
                .build();
    }

    @Test
    void givesTheEarlierResultOfASecondUpscale() {
        DiscordImageGenerator relay = fixture.relay();
        GeneratedImage third =
                relay.generate(RelayFixture.grid("a red fox")).images().get(2);

        ImageResult first = relay.generate(reference(third, Operation.UPSCALE, 1));
        ImageResult second = relay.generate(reference(third, Operation.UPSCALE, 1));

        assertThat(second.image()).isEqualTo(first.image());
        assertThat(fixture.imageBot.asked()).hasSize(2);
    }

    @Test
    void namesTheButtonsThatThereAre() {
        DiscordImageGenerator relay = fixture.relay();
        GeneratedImage single = relay.generate(ImageRequest.of("a red fox")).image();

        assertThatThrownBy(() -> relay.generate(reference(single, Operation.UPSCALE, 1)))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("picture must offer one of the buttons [Upscale, Upscale (Subtle)] but offers [Vary]");
    }

    @Test
    void splitsAGridOfOddSize() {
        fixture.imageBot.script(SimulatedImageBot.Script.usual().grid(17, 13));

        ImageResult result = fixture.relay().generate(RelayFixture.grid("a red fox"));

        assertThat(result.images()).extracting(GeneratedImage::width).containsExactly(8, 9, 8, 9);
        assertThat(result.images()).extracting(GeneratedImage::height).containsExactly(6, 6, 7, 7);
        assertThat(Pictures.colorOf(result.images().get(3).bytes()))
                .isEqualTo(Pictures.color(RelayFixture.repeated("a red fox"), 4));
    }

    @Test
    void keepsTheGridWholeWhenAsked() {
        ImageRequest request = RelayFixture.grid("a red fox").toBuilder()
                .count(1)
                .option("discord.whole-grid", "true")
                .build();

        ImageResult result = fixture.relay().generate(request);

        assertThat(result.image().width()).isEqualTo(16);
    }

    @Test
    void warnsThatASizeBecameAShape() {
        ImageResult result = fixture.relay()
                .generate(ImageRequest.builder()
                        .prompt("a red fox")
                        .size(768, 512)
                        .build());

        assertThat(result.warnings())
                .extracting(GenerationWarning::message)
                .containsExactly("size has no effect here but its shape has; 3:2 was taken");
    }

    @Test
    void refusesWhatCannotBeAskedBeforeAnythingIsSent() {
        DiscordImageGenerator relay = fixture.relay();

        for (String prompt : List.of("a fox --chaos 101", "a fox --ar 3", "a {red, blue} fox", "a fox --repeat 3")) {
            assertThatThrownBy(() -> relay.generate(prompt)).isInstanceOf(UnsupportedRequestException.class);
        }
        assertThat(fixture.discord.sessions().identifies()).isZero();
    }
}
