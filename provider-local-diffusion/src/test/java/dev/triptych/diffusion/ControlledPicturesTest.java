package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.InputRole;
import dev.triptych.ModelLoadException;
import dev.triptych.Operation;
import dev.triptych.Provenance;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pictures that ControlNets steer, from request to PNG; the reference's own pictures are the command line's. */
class ControlledPicturesTest {

    private static final ImageInput EDGES = ImageInput.of(TestPictures.png(40, 72, Color.RED))
            .as(InputRole.CONTROL)
            .named("edges");

    private static LocalDiffusionGenerator generator;

    @BeforeAll
    static void open() {
        generator = LocalDiffusionGenerator.builder()
                .settings(LocalSettings.bundled()
                        .withCheckpoint(ReferenceTensors.path("checkpoints/tiny-sd1"))
                        .withControl("edges", ReferenceTensors.path("checkpoints/tiny-controlnet"))
                        .withControl("again", ReferenceTensors.path("checkpoints/tiny-controlnet"))
                        .withControl("xl", ReferenceTensors.path("checkpoints/tiny-controlnet-sdxl")))
                .build();
    }

    @AfterAll
    static void close() {
        if (generator != null) {
            generator.close();
        }
    }

    @Test
    void capabilitiesNameTheControls() {
        assertThat(generator.capabilities().inputRule(InputRole.CONTROL).names())
                .isEqualTo(Set.of("again", "edges", "xl"));
    }

    @Test
    void theEffectiveRequestMakesTheSamePictureAgain() {
        ImageResult result = generator.generate(
                request().input(EDGES.withStrength(0.5).withWindow(0, 0.5)).build());

        ImageRequest effective = result.execution().effectiveRequest();
        assertThat(effective.operation()).isEqualTo(Operation.TEXT_TO_IMAGE);
        assertThat(effective.size().orElseThrow()).hasToString("40x72"); // the control picture's own
        assertThat(effective.options().get("local.control-hashes")).matches("edges=[0-9a-f]{12}");
        Provenance provenance = Provenance.read(result.image().bytes()).orElseThrow();
        ImageRequest replayed = provenance.request(Map.of(EDGES.sha256(), EDGES.plain())::get);
        assertThat(replayed.inputs()).containsExactly(EDGES.withStrength(0.5).withWindow(0, 0.5));
        assertThat(generator.generate(replayed).image()).isEqualTo(result.image());
        assertThat(PngText.read(result.image().bytes()).get(GenerationParameters.PNG_KEYWORD))
                .contains("ControlNet 0: \"Module: none, Model: edges, Weight: 0.5, Resize Mode: Just Resize,"
                        + " Guidance Start: 0, Guidance End: 0.5, Control Mode: Balanced\"")
                .contains("ControlNet hashes: \"edges: ");
    }

    @Test
    void refusesOtherContentsThanARequestMeans() {
        ImageRequest request = request()
                .input(EDGES)
                .option("local.control-hashes", "edges=000000000000")
                .build();

        assertThatThrownBy(() -> generator.generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessageStartingWith(
                        "option local.control-hashes must name the controls that are configured, \"edges=")
                .hasMessageEndingWith("but was \"edges=000000000000\": they are other files");
    }

    @Test
    void strengthsAddUp() {
        ImageInput half = EDGES.withStrength(0.5);
        GeneratedImage whole =
                generator.generate(request().input(EDGES).build()).image();
        GeneratedImage halves = generator
                .generate(request().input(half).input(half.named("again")).build())
                .image();

        assertThat(difference(whole, halves)).isLessThanOrEqualTo(1);
    }

    @Test
    void strengthZeroAndAnEmptyWindowAreNoControl() {
        GeneratedImage free = generator.generate(request().size(40, 72).build()).image();

        for (ImageInput off : new ImageInput[] {EDGES.withStrength(0), EDGES.withWindow(0.4, 0.6)}) {
            GeneratedImage image = generator
                    .generate(request().size(40, 72).input(off).build())
                    .image();
            assertThat(difference(free, image)).isLessThanOrEqualTo(1);
        }
        GeneratedImage steered =
                generator.generate(request().size(40, 72).input(EDGES).build()).image();
        assertThat(difference(free, steered)).isGreaterThan(1);
    }

    @Test
    void guessingIsAnotherPictureAndNeedsAControl() {
        GeneratedImage plain =
                generator.generate(request().input(EDGES).build()).image();
        ImageResult guessed = generator.generate(
                request().input(EDGES).option("local.guess-mode", "true").build());
        ImageResult free = generator.generate(
                request().size(64, 64).option("local.guess-mode", "true").build());

        assertThat(difference(plain, guessed.image())).isGreaterThan(1);
        assertThat(PngText.read(guessed.image().bytes()).get(GenerationParameters.PNG_KEYWORD))
                .contains("Control Mode: ControlNet is more important");
        assertThat(free.warnings())
                .contains(GenerationWarning.ignored(
                        "options.local.guess-mode", "local.guess-mode has no effect without a control picture"));
    }

    @Test
    void aControlForAnotherModelIsNamed() {
        ImageRequest request = request().input(EDGES.named("xl")).build();

        assertThatThrownBy(() -> generator.generate(request))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("control xl must be a ControlNet for tiny-sd1, with text of width 32, but has 80: it is for"
                        + " another model");
    }

    /** The largest difference of a byte. */
    private static int difference(GeneratedImage one, GeneratedImage other) {
        byte[] some = Pixels.decode(one.bytes()).rgb();
        byte[] others = Pixels.decode(other.bytes()).rgb();
        assertThat(others).hasSameSizeAs(some);
        int largest = 0;
        for (int i = 0; i < some.length; i++) {
            largest = Math.max(largest, Math.abs((some[i] & 0xff) - (others[i] & 0xff)));
        }
        return largest;
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder()
                .prompt("a castle on a hill")
                .seed(7)
                .steps(2)
                .guidanceScale(3)
                .option("local.scheduler", "ddim");
    }
}
