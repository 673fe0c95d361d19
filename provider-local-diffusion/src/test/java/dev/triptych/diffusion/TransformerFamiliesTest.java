package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Stable Diffusion 3 and FLUX.1 make of requests: what has no effect is told, what cannot be is refused. */
class TransformerFamiliesTest {

    private static final String TRUE_GUIDANCE = "local.true-guidance";

    @TempDir
    Path temp;

    private static LocalDiffusionGenerator generator(String checkpoint) {
        return LocalDiffusionGenerator.builder()
                .settings(LocalSettings.bundled()
                        .withCheckpoint(ReferenceTensors.path("checkpoints/" + checkpoint))
                        .withDevice("cpu"))
                .build();
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder()
                .prompt("a castle")
                .seed(3)
                .steps(1)
                .size(32, 32)
                .option("local.max-sequence-length", "8");
    }

    private static byte[] pixels(ImageResult result) {
        return Pixels.decode(result.image().bytes()).rgb();
    }

    @Test
    void whatReadsNoAttentionIsNotExplained() {
        try (LocalDiffusionGenerator flux = generator("tiny-flux-schnell")) {
            ImageRequest wanted = request().build();
            assertThatThrownBy(() -> flux.explain(wanted, GenerationContext.create()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("explain must be asked of Stable Diffusion 1, 2 or XL, whose U-Net looks at the words,"
                            + " but was asked of tiny-flux-schnell");
        }
    }

    @Test
    void fluxTellsWhatHasNoEffect() {
        try (LocalDiffusionGenerator flux = generator("tiny-flux-schnell")) {
            ImageResult result = flux.generate(
                    request().negativePrompt("blurry").guidanceScale(3.5).build());

            assertThat(result.warnings())
                    .extracting(GenerationWarning::message)
                    .contains(
                            "negativePrompt has no effect without local.true-guidance above 1",
                            "guidanceScale has no effect with this model, which has no guidance");
            assertThat(flux.generate(request().option(TRUE_GUIDANCE, "2").build())
                            .warnings())
                    .extracting(GenerationWarning::message)
                    .contains("local.true-guidance has no effect without a negative prompt");
        }
    }

    @Test
    void fluxTakesItsSigmasFromItsPipelineAlone() {
        try (LocalDiffusionGenerator flux = generator("tiny-flux-dev")) {
            assertThatThrownBy(() -> flux.generate(request()
                            .option("local.scheduler", "flow match heun")
                            .build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessageContaining("scheduler must take the sigmas that this model's pipeline states");
        }
    }

    @Test
    void skippedLayersAreHeldAgainstTheModel() {
        try (LocalDiffusionGenerator sd35 = generator("tiny-sd35")) {
            assertThatThrownBy(() -> sd35.generate(
                            request().option("local.skip-layers", "2,4").build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage(
                            "option local.skip-layers: must be numbers of blocks from 0 to 3, A,B, but was \"2,4\"");

            assertThat(sd35.generate(request()
                                    .guidanceScale(1.0)
                                    .option("local.skip-layers", "2")
                                    .build())
                            .warnings())
                    .extracting(GenerationWarning::message)
                    .contains("local.skip-layers has no effect without classifier-free guidance");
            assertThat(sd35.generate(request()
                                    .option("local.skip-layer-stop", "0.5")
                                    .build())
                            .warnings())
                    .extracting(GenerationWarning::message)
                    .contains("local.skip-layer-stop has no effect without local.skip-layers");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd35", "tiny-flux-dev", "tiny-z-image", "tiny-flux2-klein"})
    void theFirstBlockAloneStandsForAllWhereLittleMoves(String model) {
        try (LocalDiffusionGenerator generator = generator(model)) {
            byte[] exact = pixels(generator.generate(request().steps(4).build()));
            byte[] never = pixels(generator.generate(request()
                    .steps(4)
                    .option("local.first-block-cache", "0.000001")
                    .build()));
            ImageResult always = generator.generate(
                    request().steps(4).option("local.first-block-cache", "10").build());

            assertThat(never).isEqualTo(exact);
            assertThat(pixels(always)).isNotEqualTo(exact);
            assertThat(pixels(generator.generate(always.execution().effectiveRequest())))
                    .isEqualTo(pixels(always));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd35", "tiny-flux-dev", "tiny-z-image", "tiny-flux2-klein"})
    void unfinishedPicturesAreShownOnTheWay(String model) {
        List<GenerationEvent> events = new ArrayList<>();
        try (LocalDiffusionGenerator generator = generator(model)) {
            generator.generate(
                    request()
                            .steps(4)
                            .option("local.preview-every", "1")
                            .option("local.tiled-vae", "true")
                            .build(),
                    GenerationContext.builder().listener(events::add).build());
        }

        assertThat(events.stream().filter(GenerationEvent.Preview.class::isInstance))
                .hasSize(3);
    }

    @Test
    void whatIsMadeCanBeMadeAgainFromItsOwnRecord() {
        try (LocalDiffusionGenerator sd35 = generator("tiny-sd35")) {
            ImageResult result = sd35.generate(request()
                    .steps(3)
                    .guidanceScale(4.0)
                    .negativePrompt("blurry")
                    .option("local.skip-layers", "1")
                    .option("local.skip-layer-stop", "1")
                    .build());

            ImageResult again = sd35.generate(result.execution().effectiveRequest());

            assertThat(pixels(again)).isEqualTo(pixels(result));
            assertThat(again.warnings()).isEmpty();
        }
    }

    @Test
    void whatAMaskKeepsStaysAsItWas() {
        byte[] white = new byte[32 * 32 * 3];
        Arrays.fill(white, (byte) -1);
        byte[] half = new byte[32 * 32 * 3];
        for (int i = 0; i < half.length; i++) {
            half[i] = i / 3 % 32 < 16 ? 0 : (byte) -1;
        }
        ImageInput picture = ImageInput.of(Pixels.of(32, 32, white).toPng());
        ImageInput mask = ImageInput.of(Pixels.of(32, 32, half).toPng());
        try (LocalDiffusionGenerator flux = generator("tiny-flux-dev")) {
            ImageRequest.Builder whole = request().steps(2).input(picture).strength(0.9);
            byte[] one = pixels(flux.generate(whole.mask(mask).build()));
            byte[] other = pixels(flux.generate(
                    whole.mask(mask).prompt("a red fox in the snow").build()));

            double kept = 0;
            double painted = 0;
            for (int i = 0; i < one.length; i++) {
                int difference = Math.abs((one[i] & 0xff) - (other[i] & 0xff));
                if (i / 3 % 32 < 4) {
                    kept = Math.max(kept, difference);
                } else if (i / 3 % 32 >= 16) {
                    painted = Math.max(painted, difference);
                }
            }
            assertThat(kept).isLessThan(painted);
        }
    }

    @Test
    void aLoraInStabilitysNamesIsTheOneInDiffusers() {
        int width = 64;
        float[] down = ramp(width, 0.01f);
        float[] up = ramp(3 * width, 0.1f);
        SafetensorsWriter parts = new SafetensorsWriter();
        for (int i = 0; i < 3; i++) {
            String module = "transformer.transformer_blocks.1.attn.to_" + "qkv".charAt(i);
            float[] rows = Arrays.copyOfRange(up, i * width, (i + 1) * width);
            parts.floats(module + ".lora_A.weight", down, 1, width).floats(module + ".lora_B.weight", rows, width, 1);
        }
        String fused = "lora_unet_joint_blocks_1_x_block_attn_qkv";
        Path theirs = new SafetensorsWriter()
                .floats(fused + ".lora_down.weight", down, 1, width)
                .floats(fused + ".lora_up.weight", up, 3L * width, 1)
                .write(temp.resolve("kohya.safetensors"));
        Path ours = parts.write(temp.resolve("diffusers.safetensors"));
        LocalSettings settings = LocalSettings.bundled()
                .withCheckpoint(ReferenceTensors.path("checkpoints/tiny-sd35"))
                .withDevice("cpu")
                .withLora("theirs", theirs)
                .withLora("ours", ours);
        try (LocalDiffusionGenerator sd35 =
                LocalDiffusionGenerator.builder().settings(settings).build()) {
            byte[] byTheirs = pixels(
                    sd35.generate(request().option("local.lora", "theirs").build()));
            byte[] byOurs =
                    pixels(sd35.generate(request().option("local.lora", "ours").build()));

            assertThat(byTheirs).isEqualTo(byOurs);
            assertThat(byTheirs).isNotEqualTo(pixels(sd35.generate(request().build())));
        }
    }

    /**
     * {@code W + alpha / rank · strength · B·A}, multiplied out here, written into a checkpoint of its own and painted,
     * against the same LoRA by each name that its trainers have for it.
     */
    @ParameterizedTest
    @CsvSource({
        "tiny-z-image, layers.1.attention.to_, diffusion_model.layers.1.attention.qkv",
        "tiny-z-image, layers.1.attention.to_, lora_unet_layers_1_attention_qkv",
        "tiny-z-image, layers.1.attention.to_, diffusion_model.layers.1.attention.to_",
        "tiny-z-image, layers.1.attention.to_, transformer.layers.1.attention.to_",
        "tiny-z-image, layers.1.attention.to_, lora_unet_layers_1_attention_to_",
        "tiny-z-image, layers.1.attention.to_out.0, lora_unet_layers_1_attention_out",
        "tiny-z-image, noise_refiner.0.feed_forward.w1, diffusion_model.noise_refiner.0.feed_forward.w1",
        "tiny-z-image, all_x_embedder.2-1, lora_unet_x_embedder",
        "tiny-flux2-klein, transformer_blocks.1.attn.to_, diffusion_model.double_blocks.1.img_attn.qkv",
        "tiny-flux2-klein, transformer_blocks.1.attn.to_, lora_unet_double_blocks_1_img_attn_qkv",
        "tiny-flux2-klein, transformer_blocks.1.attn.to_, transformer.transformer_blocks.1.attn.to_",
        "tiny-flux2-klein, transformer_blocks.1.attn.to_, lycoris_transformer_blocks_1_attn_to_",
        "tiny-flux2-klein, single_transformer_blocks.2.attn.to_qkv_mlp_proj, diffusion_model.single_blocks.2.linear1",
        "tiny-flux2-klein, single_transformer_blocks.2.attn.to_out, base_model.model.single_blocks.2.linear2",
        "tiny-flux2-klein, transformer_blocks.0.ff_context.linear_in, diffusion_model.double_blocks.0.txt_mlp.0"
    })
    void aLoraPaintsWhatWeightsMergedByHandPaint(String model, String module, String spelled) throws IOException {
        List<String> modules =
                module.endsWith("to_") ? List.of(module + "q", module + "k", module + "v") : List.of(module);
        MergedLora lora = MergedLora.of(ReferenceTensors.path("checkpoints/" + model), modules);
        List<String> names =
                spelled.endsWith("to_") ? List.of(spelled + "q", spelled + "k", spelled + "v") : List.of(spelled);
        LocalSettings settings = LocalSettings.bundled()
                .withCheckpoint(ReferenceTensors.path("checkpoints/" + model))
                .withDevice("cpu")
                .withLora("it", lora.write(names, temp.resolve("it.safetensors")));
        try (LocalDiffusionGenerator plain =
                        LocalDiffusionGenerator.builder().settings(settings).build();
                LocalDiffusionGenerator merged = LocalDiffusionGenerator.builder()
                        .settings(LocalSettings.bundled()
                                .withCheckpoint(lora.writeCheckpoint(0.5f, temp.resolve("merged")))
                                .withDevice("cpu"))
                        .build()) {
            ImageRequest.Builder request = request().option("local.max-sequence-length", "32");
            byte[] wanted = pixels(merged.generate(request.build()));
            byte[] without = pixels(plain.generate(request.build()));

            ImageResult found =
                    plain.generate(request.option("local.lora", "it:0.5").build());

            assertThat(found.warnings()).isEmpty();
            assertThat(worst(pixels(found), wanted)).isLessThanOrEqualTo(1);
            assertThat(worst(without, wanted)).isGreaterThan(2);
        }
    }

    private static int worst(byte[] found, byte[] wanted) {
        assertThat(found).hasSameSizeAs(wanted);
        int worst = 0;
        for (int i = 0; i < found.length; i++) {
            worst = Math.max(worst, Math.abs((found[i] & 0xff) - (wanted[i] & 0xff)));
        }
        return worst;
    }

    private static float[] ramp(int length, float step) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = step * (i % 7 - 3);
        }
        return values;
    }

    @Test
    void theWebUisSyntaxIsReadWithoutItsWeights() {
        try (LocalDiffusionGenerator flux = generator("tiny-flux-schnell")) {
            ImageResult weighted = flux.generate(request()
                    .prompt("a (castle:1.3)")
                    .option("local.prompt-syntax", "a1111")
                    .build());

            assertThat(pixels(weighted))
                    .isEqualTo(pixels(flux.generate(request().build())));
            assertThat(weighted.warnings())
                    .extracting(GenerationWarning::message)
                    .contains("prompt: weights have no effect with this model's text encoders");
            assertThatThrownBy(() -> flux.generate(request()
                            .prompt("a castle AND a fox")
                            .option("local.prompt-syntax", "a1111")
                            .build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("prompt must be one text for this model but was 2 with AND between them");
        }
    }

    @Test
    void kleinIsShownSeveralPicturesAsTheReference() throws IOException {
        ReferenceTensors golden = ReferenceTensors.open("expected/flux2-klein.safetensors");
        try (LocalDiffusionGenerator klein = generator("tiny-flux2-klein")) {
            ImageRequest request = ImageRequest.builder()
                    .prompt("a castle on a hill at sunset, oil painting")
                    .seed(22)
                    .steps(4)
                    .size(64, 64)
                    .guidanceScale(1.0)
                    .input(picture(golden, "reference", 64, 64).as(InputRole.REFERENCE))
                    .input(picture(golden, "reference2", 100, 70).as(InputRole.REFERENCE))
                    .build();

            ImageResult result = klein.generate(request);

            byte[] wanted = golden.bytes("two-references.png");
            byte[] found = pixels(result);
            assertThat(worst(found, wanted)).isLessThanOrEqualTo(1);
            ImageResult again = klein.generate(result.execution().effectiveRequest());
            assertThat(pixels(again)).isEqualTo(found);
            assertThat(again.warnings()).isEmpty();
        }
    }

    @Test
    void kleinDrawsOverAPictureThatComesWithAStrength() throws IOException {
        ReferenceTensors golden = ReferenceTensors.open("expected/flux2-klein.safetensors");
        try (LocalDiffusionGenerator klein = generator("tiny-flux2-klein")) {
            ImageInput picture = picture(golden, "reference2", 100, 70);
            ImageRequest.Builder request = request().size((ImageSize) null).steps(4);

            ImageResult shown = klein.generate(request.input(picture).build());
            ImageResult drawnOver = klein.generate(request.strength(0.5).build());

            assertThat(pixels(shown)).hasSize(96 * 64 * 3);
            assertThat(shown.execution().effectiveRequest().strength()).isEmpty();
            assertThat(drawnOver.execution().effectiveRequest().strength()).hasValue(0.5);
            assertThat(pixels(drawnOver)).isNotEqualTo(pixels(shown));
        }
    }

    @Test
    void distilledKleinAndZImageTellWhatHasNoEffect() {
        try (LocalDiffusionGenerator klein = generator("tiny-flux2-klein");
                LocalDiffusionGenerator zImage = generator("tiny-z-image")) {
            ImageRequest.Builder steered =
                    request().option("local.max-sequence-length", "32").negativePrompt("blurry");

            assertThat(klein.generate(steered.guidanceScale(4.0).build()).warnings())
                    .extracting(GenerationWarning::message)
                    .contains(
                            "negativePrompt has no effect without classifier-free guidance",
                            "guidanceScale has no effect with this model, which is distilled and has no guidance");
            assertThat(zImage.generate(steered.guidanceScale(0.0).build()).warnings())
                    .extracting(GenerationWarning::message)
                    .contains("negativePrompt has no effect without guidance, whose scale is above 0");
        }
    }

    private static ImageInput picture(ReferenceTensors golden, String name, int width, int height) throws IOException {
        return ImageInput.of(Pixels.of(width, height, golden.bytes(name)).toPng());
    }
}
