package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.UnsupportedRequestException;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RequestReaderTest {

    private final RequestReader reader = new RequestReader(
            ChannelCapabilities.of(DiscordMode.SELF_HOSTED, Integer.MAX_VALUE), 1000, new SplittableRandom(1));

    private ChannelRequest read(ImageRequest.Builder request) {
        return reader.read(request.build(), GenerationContext.create());
    }

    @Test
    void measuresPromptNegativePromptAndParametersTogether() {
        ImageRequest.Builder request = ImageRequest.builder()
                .prompt("f".repeat(1000))
                .negativePrompt("n".repeat(600))
                .seed(7);

        assertThatThrownBy(() -> read(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("prompt, negative prompt and parameters must be at most 1600 characters together but were"
                        + " 1615");
    }

    @Test
    void measuresTheSeedThatItChoosesItself() {
        ImageRequest.Builder request = ImageRequest.builder().prompt("f".repeat(1595));

        assertThatThrownBy(() -> read(request)).isInstanceOf(UnsupportedRequestException.class);
    }

    @Test
    void measuresWhatIsSentAndNotWhatWasTyped() {
        String spaced = ("f" + " ".repeat(9)).repeat(300);

        assertThat(read(ImageRequest.builder().prompt(spaced).seed(7)).command().prompt())
                .hasSize(599);
    }

    @Test
    void countsAnEmojiAsOne() {
        String foxes = "🦊".repeat(1590);

        ChannelRequest request = read(ImageRequest.builder().prompt(foxes).seed(7));

        assertThat(Dialect.length(request.seeded(OptionalLong.empty()).text())).isEqualTo(1599);
    }

    @Test
    void refusesAButtonWithoutAReference() {
        assertThatThrownBy(() -> read(ImageRequest.builder().prompt("a fox").option("discord.button", "U2")))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("discord.button must come with a reference to the picture whose button is meant but came"
                        + " with none");
    }

    @Test
    void takesAButtonWithAReference() {
        ChannelRequest request = read(ImageRequest.builder()
                .reference(new ImageReference("discord", "12:3", Operation.VARIATION))
                .option("discord.button", "Zoom Out 2x"));

        assertThat(request.button()).hasValue("Zoom Out 2x");
        assertThat(request.reference()).hasValue(new PictureId("12", 3));
    }
}
