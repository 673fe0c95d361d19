package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ContentRejectedException;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.media.PngText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checker over the tower of the tiny CLIP refuses one of two pictures, both, or none. */
class SafetyCheckerTest {

    private static final Path CLIP = GoldenCheckpoints.directory("tiny-clip");
    private static final int SIZE = 40;
    private static final int CONCEPT = 5;

    @TempDir
    Path temp;

    @Test
    void aRefusedPictureIsAFailureAmongTheOthers() throws IOException {
        ImageResult plain = paint(settings());
        float[] first = embedding(plain, 0);
        float[] second = embedding(plain, 1);
        float[] between = new float[SIZE]; // at an acute angle to the first, at an obtuse one to the second
        for (int i = 0; i < SIZE; i++) {
            between[i] = first[i] - second[i];
        }

        ImageResult checked = paint(
                settings().withComponent("safety_checker", checker(between, 0)).withSafetyChecker(true));

        assertThat(checked.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.index()).isZero();
            assertThat(failure.error())
                    .isInstanceOf(ContentRejectedException.class)
                    .hasMessage("the safety checker refused the picture: concepts [5]");
        });
        assertThat(checked.images()).singleElement().satisfies(image -> {
            assertThat(image.seed()).isEqualTo(plain.images().get(1).seed());
            assertThat(Pixels.decode(image.bytes()).rgb())
                    .isEqualTo(Pixels.decode(plain.images().get(1).bytes()).rgb());
            assertThat(PngText.read(image.bytes()).get("parameters")).contains("Safety checker: passed");
        });
        assertThat(checked.warnings())
                .extracting(GenerationWarning::message)
                .noneMatch(text -> text.contains("safety"));
        assertThat(checked.execution().servedBy().revision())
                .isNotEqualTo(plain.execution().servedBy().revision());
    }

    @Test
    void whereAllAreRefusedThereIsNoResult() throws IOException {
        float[] any = new float[SIZE];
        any[0] = 1;
        LocalSettings all =
                settings().withComponent("safety_checker", checker(any, -2)).withSafetyChecker(true);

        assertThatThrownBy(() -> paint(all))
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage("the safety checker refused all 2 pictures");
    }

    @Test
    void isNotRunWhereNobodyAsks() throws IOException {
        float[] any = new float[SIZE];
        any[0] = 1;

        ImageResult result = paint(settings().withComponent("safety_checker", checker(any, -2)));

        assertThat(result.images()).hasSize(2);
        assertThat(result.warnings())
                .extracting(GenerationWarning::message)
                .contains("the checkpoint's safety_checker is not run: what it would refuse is painted");
    }

    @Test
    void aCheckpointWithoutOneIsAnError() {
        assertThatThrownBy(() -> paint(settings().withSafetyChecker(true)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("\"safety_checker\" must be a part of the checkpoint but is null: give one with"
                        + " --component safety_checker=PATH");
    }

    private static LocalSettings settings() {
        return LocalSettings.bundled().withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"));
    }

    private static ImageResult paint(LocalSettings settings) {
        try (ImageGenerator generator =
                LocalDiffusionGenerator.builder().settings(settings).build()) {
            return generator.generate(ImageRequest.builder()
                    .prompt("a castle")
                    .size(ImageSize.square(64))
                    .steps(2)
                    .seed(7)
                    .count(2)
                    .build());
        }
    }

    private static float[] embedding(ImageResult result, int index) {
        try (ClipModel clip = ClipModel.open(CLIP)) {
            return clip.embedImage(result.images().get(index).bytes());
        }
    }

    /** The tiny CLIP's tower; all concepts but one need a cosine above 1. */
    private Path checker(float[] concept, float threshold) throws IOException {
        Path folder = Files.createDirectories(temp.resolve("safety_checker"));
        Files.copy(CLIP.resolve("config.json"), folder.resolve("config.json"));
        Files.copy(CLIP.resolve("preprocessor_config.json"), folder.resolve("preprocessor_config.json"));
        SafetensorsWriter writer = new SafetensorsWriter();
        SafetensorsFile clip = SafetensorsFile.open(CLIP.resolve("model.safetensors"));
        for (String name : clip.tensors().keySet()) {
            if (name.startsWith("vision_model.") || name.startsWith("visual_projection.")) {
                FileWeight weight = clip.tensor(name).orElseThrow();
                long[] shape = weight.dims().stream().mapToLong(Long::longValue).toArray();
                writer.floats(name.startsWith("vision_model.") ? "vision_model." + name : name, weight.values(), shape);
            }
        }
        float[] concepts = new float[17 * SIZE];
        System.arraycopy(concept, 0, concepts, CONCEPT * SIZE, SIZE);
        float[] thresholds = new float[17];
        Arrays.fill(thresholds, 2);
        thresholds[CONCEPT] = threshold;
        writer.floats("concept_embeds", concepts, 17, SIZE)
                .floats("concept_embeds_weights", thresholds, 17)
                .floats("special_care_embeds", new float[3 * SIZE], 3, SIZE)
                .floats("special_care_embeds_weights", new float[] {2, 2, 2}, 3)
                .write(folder.resolve("model.safetensors"));
        return folder;
    }
}
