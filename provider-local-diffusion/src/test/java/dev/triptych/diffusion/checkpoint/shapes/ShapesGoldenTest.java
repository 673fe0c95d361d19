package dev.triptych.diffusion.checkpoint.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.checkpoint.names.ClipNames;
import dev.triptych.diffusion.checkpoint.names.TextEncoderNames;
import dev.triptych.diffusion.network.clip.ClipTextConfig;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.network.vae.VaeConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the shapes of a checkpoint's tensors tell is what its config says. */
class ShapesGoldenTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-sd1",
                "tiny-sd1-inpaint",
                "tiny-sd2",
                "tiny-lcm",
                "tiny-sdxl",
                "tiny-sdxl-inpaint",
                "tiny-sdxl-refiner",
                "tiny-sd21-unclip"
            })
    void aUnetsConfigIsInItsShapes(String checkpoint) {
        Part part = part(checkpoint + "/unet");
        ConfigFile said = part.config();
        ConfigFile told = told(UnetShape::of, part);

        assertThat(UnetConfig.read(told)).isEqualTo(UnetConfig.read(said));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd1", "tiny-sdxl", "tiny-sd3", "tiny-flux-dev", "tiny-z-image"})
    void anAutoencodersConfigIsInItsShapes(String checkpoint) {
        Part part = part(checkpoint + "/vae");

        assertThat(VaeConfig.read(told(VaeShape::of, part))).isEqualTo(VaeConfig.read(part.config()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-sd1/text_encoder",
                "tiny-sd2/text_encoder",
                "tiny-sdxl/text_encoder",
                "tiny-sdxl/text_encoder_2",
                "tiny-flux-dev/text_encoder"
            })
    void aClipsConfigIsInItsShapes(String folder) {
        Part part = part(folder);
        ConfigFile told =
                told(shapes -> ClipShape.of(ClipNames.pieces(shapes, "").shapes(shapes)), part);

        assertThat(ClipTextConfig.read(told)).isEqualTo(ClipTextConfig.read(part.config()));
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-flux-dev/transformer, flux",
        "tiny-flux-schnell/transformer, flux",
        "tiny-flux2-klein/transformer, flux2",
        "tiny-sd3/transformer, sd3",
        "tiny-sd35/transformer, sd3",
        "tiny-z-image/transformer, z-image",
        "tiny-sd3/text_encoder_3, t5",
        "tiny-flux-dev/text_encoder_2, t5",
        "tiny-z-image/text_encoder, language model",
        "tiny-flux2-klein/text_encoder, language model",
    })
    void whatIsKnownOfATransformerIsWhatItsConfigSays(String folder, String kind) {
        Part part = part(folder);
        JsonNode said = part.config().root();
        ObjectNode known = shape(kind, part.weights().shapes()).known();

        assertThat(known.isEmpty()).isFalse();
        for (Map.Entry<String, JsonNode> entry : known.properties()) {
            assertThat(entry.getValue().asText())
                    .as(entry.getKey())
                    .isEqualTo(said.path(entry.getKey()).asText());
        }
    }

    private static NetworkShape shape(String kind, Map<String, List<Long>> shapes) {
        return switch (kind) {
            case "flux" -> FluxShape.of(shapes);
            case "flux2" -> Flux2Shape.of(shapes);
            case "sd3" -> StableDiffusion3Shape.of(shapes);
            case "z-image" -> ZImageShape.of(shapes);
            case "t5" -> T5Shape.of(shapes);
            default ->
                LanguageModelShape.of(TextEncoderNames.languageModel(shapes, "").shapes(shapes));
        };
    }

    /** The config from the shapes; what they do not tell, from the config that is there. */
    private static ConfigFile told(Function<Map<String, List<Long>>, NetworkShape> shape, Part part) {
        ObjectNode config =
                shape.apply(part.weights().shapes()).configLike(part.config().root());
        return ConfigFile.of(part.location(), config);
    }

    private static Part part(String folder) {
        Optional<Path> golden = GoldenCheckpoints.fullSet();
        assumeTrue(golden.isPresent(), "the whole reference set is not on this machine");
        return Part.at(golden.get().resolve("checkpoints").resolve(folder));
    }
}
