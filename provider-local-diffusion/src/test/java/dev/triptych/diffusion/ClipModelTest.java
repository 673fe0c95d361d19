package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.GenerationCancelledException;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipModelTest {

    private static final Pixels BLACK = Pixels.of(2, 2, new byte[12]);

    @TempDir
    Path temp;

    @Test
    void agreesWithTransformersOnTheCheckedInReference() {
        assertAgrees(GoldenClip.compact());
    }

    @Test
    void agreesWithTransformersOnTheWholeReference() {
        Optional<GoldenClip> golden = GoldenClip.full();
        assumeTrue(golden.isPresent(), "the whole reference set is not on this machine");

        assertAgrees(golden.orElseThrow());
    }

    private static void assertAgrees(GoldenClip golden) {
        float[] texts = golden.values().floats("text_embeds");
        int size = texts.length / golden.prompts().size();
        assertThat(golden.pictures()).isEqualTo(4);
        try (ClipModel clip = ClipModel.open(golden.checkpoint())) {
            assertThat(clip.name()).isEqualTo("tiny-clip");
            for (int i = 0; i < golden.prompts().size(); i++) {
                float[] expected = Arrays.copyOfRange(texts, i * size, (i + 1) * size);
                GoldenClip.assertClose(clip.embedText(golden.prompts().get(i)), expected);
            }
            for (int i = 0; i < golden.pictures(); i++) {
                Pixels picture = golden.picture(i);
                GoldenClip.assertClose(clip.embedImage(picture), golden.values().floats("image_embeds" + i));
                GoldenClip.assertClose(
                        logits(clip, picture, golden.prompts()), golden.values().floats("logits_per_image" + i));
            }
        }
    }

    private static float[] logits(ClipModel clip, Pixels picture, List<String> prompts) {
        float[] logits = new float[prompts.size()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (clip.logitScale() * clip.cosine(prompts.get(i), picture));
        }
        return logits;
    }

    @Test
    void embeddingsHaveLengthOneAndMatchThemselvesBest() {
        try (ClipModel clip = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"))) {
            float[] text = clip.embedText("a photo of a red fox in the snow");
            float[] picture = clip.embedImage(BLACK);

            assertThat(ClipModel.cosine(text, text)).isCloseTo(1, within(1e-6));
            assertThat(ClipModel.cosine(picture, picture)).isCloseTo(1, within(1e-6));
            assertThat(ClipModel.cosine(text, picture)).isBetween(-0.99, 0.99);
        }
    }

    @Test
    void aTextBeyondTheContextIsCut() {
        try (ClipModel clip = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"))) {
            float[] fits = clip.embedText("a photo ".repeat(40));
            float[] longer = clip.embedText("a photo ".repeat(40) + "of a castle");

            assertThat(longer).isEqualTo(fits);
        }
    }

    @Test
    void manyThreadsGetTheSameNumbersAsOne() {
        try (ClipModel clip = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"))) {
            double alone = clip.cosine("a castle on a hill", BLACK);

            double[] together = IntStream.range(0, 16)
                    .parallel()
                    .mapToDouble(i -> clip.cosine("a castle on a hill", BLACK))
                    .toArray();

            assertThat(together).containsOnly(alone);
        }
    }

    @Test
    void theOldEndOfTextIdAndTheOldSpellingOfConfigsGiveTheSameNumbers() throws IOException {
        Path folder = copy();
        Path config = folder.resolve("config.json");
        replace(config, "\"vocab_size\": 49408", "\"vocab_size\": 49408, \"eos_token_id\": 2");
        replace(config, "\"text_config\"", "\"text_config\": {\"hidden_size\": 999}, \"text_config_dict\"");
        Path preprocessor = folder.resolve("preprocessor_config.json");
        Files.writeString(preprocessor, "{\"size\": 64, \"crop_size\": 64}");

        try (ClipModel old = ClipModel.open(folder);
                ClipModel clip = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"))) {
            String text = "a photo of a red fox in the snow";
            assertThat(old.embedText(text)).isEqualTo(clip.embedText(text));
            assertThat(old.embedImage(BLACK)).isEqualTo(clip.embedImage(BLACK));
        }
    }

    @Test
    void theExactGeluGivesOtherNumbers() throws IOException {
        Path folder = copy();
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("quick_gelu", "gelu"));

        try (ClipModel exact = ClipModel.open(folder);
                ClipModel quick = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"))) {
            assertThat(ClipModel.cosine(exact.embedImage(BLACK), quick.embedImage(BLACK)))
                    .isBetween(0.9, 1 - 1e-9);
        }
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        Path missing = temp.resolve("missing");

        assertThatThrownBy(() -> ClipModel.open(missing))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(missing + " must be the folder of a CLIP model but does not exist");
    }

    @Test
    void anotherKindOfModelIsRefused() throws IOException {
        Path folder = copy();
        Path config = folder.resolve("config.json");
        replace(config, "\"model_type\": \"clip\"", "\"model_type\": \"siglip\"");

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(config + ": \"model_type\" must be one of [clip], which are supported, but was \"siglip\"");
    }

    @Test
    void aTextEncoderAloneIsRefused() throws IOException {
        Path folder = copy();
        Path config = folder.resolve("config.json");
        replace(config, "\"vision_config\"", "\"other_config\"");

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(config + ": \"vision_config\" must be an object, as a CLIPModel has it, but was absent");
    }

    @Test
    void anActivationThatIsNotSupportedIsNamed() throws IOException {
        Path folder = copy();
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("quick_gelu", "swiglu"));

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(config
                        + ": \"hidden_act\" must be one of [gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, silu, swish], which are supported, but was"
                        + " \"swiglu\"");
    }

    @Test
    void anotherCropThanTheTowerReadsIsRefused() throws IOException {
        Path folder = copy();
        Path preprocessor = folder.resolve("preprocessor_config.json");
        Files.writeString(preprocessor, "{\"size\": 64, \"crop_size\": 224}");

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(preprocessor + ": \"crop_size\" must be config.json's image_size, 64, but was 224");
    }

    @Test
    void anotherResamplingIsRefused() throws IOException {
        Path folder = copy();
        Path preprocessor = folder.resolve("preprocessor_config.json");
        replace(preprocessor, "\"resample\": 3", "\"resample\": 2");

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(preprocessor + ": \"resample\" must be 3, the only supported value, but was 2");
    }

    @Test
    void meansThatAreNotThreeNumbersAreRefused() throws IOException {
        Path folder = copy();
        Path preprocessor = folder.resolve("preprocessor_config.json");
        Files.writeString(preprocessor, "{\"size\": 64, \"crop_size\": 64, \"image_mean\": [0.5, \"0.5\", 0.5]}");

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        preprocessor + ": \"image_mean\" must be a list of three numbers but was [0.5,\"0.5\",0.5]");
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        Path folder = copy();
        Path preprocessor = folder.resolve("preprocessor_config.json");
        Files.delete(preprocessor);

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(preprocessor + " must be a JSON file but does not exist");
    }

    @Test
    void aConfigThatDoesNotFitTheWeightsNamesTheTensor() throws IOException {
        Path folder = copy();
        replace(
                folder.resolve("config.json"),
                "\"projection_dim\": 40,\n  \"text",
                "\"projection_dim\": 41,\n  \"text");

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder.resolve("model.safetensors").toRealPath()
                        + ": tensor text_projection.weight must have the shape [41, 32] that config.json asks for but"
                        + " has [40, 32]");
    }

    @Test
    void aWeightThatIsNotANumberIsNamed() throws IOException {
        Path folder = copy();
        Path weights = folder.resolve("model.safetensors");
        FileWeight tensor =
                SafetensorsFile.open(weights).tensor("visual_projection.weight").orElseThrow();
        byte[] bytes = Files.readAllBytes(weights);
        bytes[(int) tensor.offset()] = 0x01;
        bytes[(int) tensor.offset() + 1] = 0x7E;
        Files.write(weights, bytes);

        try (ClipModel clip = ClipModel.open(folder)) {
            assertThatThrownBy(() -> clip.embedImage(BLACK))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage(weights.toRealPath() + ": tensor visual_projection.weight must hold finite numbers but"
                            + " holds NaN or an infinity");
        }
    }

    @Test
    void aTokenizerForLongerTextsIsRefused() throws IOException {
        Path folder = copy();
        Path tokenizer = folder.resolve("tokenizer_config.json");
        Files.writeString(
                tokenizer,
                Files.readString(tokenizer).replaceAll("\"model_max_length\": *77", "\"model_max_length\": 78"));

        assertThatThrownBy(() -> ClipModel.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder + ": the tokenizer's model_max_length must be at most max_position_embeddings, 77,"
                        + " but was 78");
    }

    @Test
    void embeddingsOfDifferentModelsCannotBeCompared() {
        assertThatThrownBy(() -> ClipModel.cosine(new float[40], new float[512]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("embeddings must have the same size but had 40 and 512");
    }

    @Test
    void anInterruptedThreadStopsAndStaysInterrupted() {
        try (ClipModel clip = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"))) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> clip.embedText("a fox")).isInstanceOf(GenerationCancelledException.class);

            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void whatWasClosedCannotBeUsedAndMayBeClosedAgain() {
        ClipModel clip = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"));
        assertThat(clip.embedImage(BLACK)).hasSize(40);

        clip.close();
        clip.close();

        assertThatThrownBy(() -> clip.embedImage(BLACK))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the engine must be open but is closed");
    }

    @Test
    void insideADiffusionCheckpointTextTowerAndTokenizerAreThoseBesideIt() throws IOException {
        Path clip = copy();
        moveTextTowerTo(temp.resolve("text_encoder"), clip);
        Path tokenizer = Files.createDirectory(temp.resolve("tokenizer"));
        for (String file : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
            Files.move(clip.resolve(file), tokenizer.resolve(file));
        }

        try (ClipModel shared = ClipModel.open(clip);
                ClipModel whole = ClipModel.open(GoldenCheckpoints.directory("tiny-clip"))) {
            String text = "a photo of a red fox in the snow";
            assertThat(shared.embedText(text)).isEqualTo(whole.embedText(text));
            assertThat(shared.embedImage(BLACK)).isEqualTo(whole.embedImage(BLACK));
        }
    }

    @Test
    void aTextTowerThatIsNowhereIsNamed() throws IOException {
        Path clip = copy();
        moveTextTowerTo(temp.resolve("elsewhere"), clip);

        assertThatThrownBy(() -> ClipModel.open(clip))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("embeddings.token_embedding.weight");
    }

    /** Both folders hold all weights then, but in {@code clip} those of the text tower have names that nobody reads. */
    private static void moveTextTowerTo(Path folder, Path clip) throws IOException {
        Path weights = clip.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(Files.createDirectory(folder).resolve("model.safetensors"), bytes);
        String names = new String(bytes, StandardCharsets.ISO_8859_1).replace("text_model.", "other_text.");
        Files.write(weights, names.getBytes(StandardCharsets.ISO_8859_1));
    }

    private Path copy() {
        return GoldenCheckpoints.copy("tiny-clip", temp.resolve("clip"));
    }

    private static void replace(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }
}
