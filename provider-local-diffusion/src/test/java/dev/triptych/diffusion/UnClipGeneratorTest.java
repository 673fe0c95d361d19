package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What unCLIP's models honour, refuse and tell. Their pictures are compared through the command line. */
class UnClipGeneratorTest {

    private static final Optional<Path> GOLDEN = GoldenCheckpoints.fullSet();

    @BeforeEach
    void needsTheFullSet() {
        assumeTrue(GOLDEN.isPresent(), "the full set of reference values is not on this machine");
    }

    @Test
    void countsTheStepsOfAllItsLoopsAndWritesThemDown() {
        List<Integer> totals = new ArrayList<>();
        try (ImageGenerator karlo = karlo()) {
            GenerationContext context = GenerationContext.builder()
                    .listener(event -> {
                        if (event instanceof GenerationEvent.Progress progress) {
                            totals.add(progress.total());
                        }
                    })
                    .build();

            ImageResult result = karlo.generate(
                    request("a fox").option("local.prior-steps", "4").build(), context);

            assertThat(totals).hasSize(4 + 3 + 7).containsOnly(14);
            ImageRequest effective = result.execution().effectiveRequest();
            assertThat(effective.options())
                    .containsEntry("local.prior-steps", "4")
                    .containsEntry("local.prior-guidance", "4.0")
                    .containsEntry("local.super-res-steps", "7");
            assertThat(effective.guidanceScale()).hasValue(8);
            assertThat(result.warnings()).isEmpty();
        }
    }

    @Test
    void saysWhatHasNoEffectOnAVariation() {
        try (ImageGenerator karlo = varying()) {
            ImageResult result = karlo.generate(request("a fox")
                    .input(picture())
                    .option("local.prior-steps", "4")
                    .option("local.super-res-steps", "2")
                    .build());

            assertThat(result.warnings())
                    .extracting(GenerationWarning::message)
                    .containsExactly(
                            "local.prior-steps has no effect with a picture to vary",
                            "prompt has no effect with a picture to vary");
        }
    }

    @Test
    void variesAPictureWithoutAPrompt() {
        ImageRequest request = request("").input(picture()).build();
        assertThat(request.operation()).isEqualTo(Operation.VARIATION);
        try (ImageGenerator karlo = varying();
                ImageGenerator stable = generator("tiny-sd21-unclip")) {
            assertThat(karlo.capabilities().operations()).contains(Operation.VARIATION, Operation.TEXT_TO_IMAGE);
            assertThat(stable.capabilities().operations())
                    .containsExactlyInAnyOrder(Operation.VARIATION, Operation.IMAGE_TO_IMAGE);
            ImageResult result = stable.generate(request.toBuilder()
                    .size(64, 64)
                    .option("local.noise-level", "20")
                    .build());
            assertThat(result.warnings()).isEmpty();
            assertThat(result.execution().effectiveRequest().options()).containsEntry("local.noise-level", "20");
            assertThat(stable.generate(request.toBuilder().size(64, 64).build())
                            .execution()
                            .effectiveRequest()
                            .options())
                    .containsEntry("local.noise-level", "0");
        }
    }

    @Test
    void refusesWhatItCannotDo() {
        try (ImageGenerator karlo = karlo();
                ImageGenerator varying = varying();
                ImageGenerator stable = generator("tiny-sd21-unclip")) {
            refused(
                    karlo,
                    request("").input(picture()),
                    "an input picture needs the vision tower, which this checkpoint lacks: give it with --component"
                            + " image_encoder=DIR");
            refused(
                    varying,
                    request("").input(picture()).strength(0.5),
                    "strength must not be given, because an input picture is varied as a whole here and not drawn"
                            + " over, but was 0.5");
            refused(
                    stable,
                    request("a fox"),
                    "an input picture must be given to Stable Diffusion 2.1-unCLIP, which varies it, but was not");
            refused(karlo, request("a fox").steps(1), "steps must be at least 2 but was 1");
            refused(karlo, request("a fox").steps(61), "steps must be between 1 and 60 but was 61");
            refused(
                    karlo,
                    request("a fox").option("local.prior-steps", "1"),
                    "option local.prior-steps must be between 2 and 1000 but was 1");
            refused(
                    karlo,
                    request("a fox").option("local.scheduler", "ddpm"),
                    "option local.scheduler must be UnCLIPScheduler, because no other knows the variance that unCLIP's"
                            + " networks predict, but was \"ddpm\"");
            refused(
                    stable,
                    request("").input(picture()).option("local.noise-level", "1000"),
                    "option local.noise-level must be between 0 and 999 but was 1000");
        }
    }

    private static void refused(ImageGenerator generator, ImageRequest.Builder request, String message) {
        assertThatThrownBy(() -> generator.generate(request.build()))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(message);
    }

    private static ImageRequest.Builder request(String prompt) {
        return ImageRequest.builder().prompt(prompt).steps(3).seed(1);
    }

    private static ImageInput picture() {
        byte[] rgb = new byte[20 * 30 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7);
        }
        return ImageInput.of(Pixels.of(20, 30, rgb).toPng());
    }

    private static ImageGenerator karlo() {
        return generator("tiny-karlo");
    }

    private static ImageGenerator varying() {
        LocalSettings settings = LocalSettings.bundled()
                .withCheckpoint(checkpoint("tiny-karlo"))
                .withComponent("image_encoder", checkpoint("tiny-karlo-vision"));
        return LocalDiffusionGenerator.builder().settings(settings).build();
    }

    private static ImageGenerator generator(String name) {
        return LocalDiffusionGenerator.of(checkpoint(name));
    }

    private static Path checkpoint(String name) {
        return GOLDEN.orElseThrow().resolve("checkpoints").resolve(name);
    }
}
