package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.weights.MemoryWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Options that no reference checkpoint has: each gives a graph that loads, asks for the weights diffusers would have,
 * and predicts something else. A tiny checkpoint is fitted to the option by doing what our own error messages ask for.
 */
class UnetOptionsTest {

    private static final Pattern WISH =
            Pattern.compile("tensor (\\S+) (?:of shape|must have the shape) \\[([0-9, ]+)]");

    private static final float[] ORIGINAL = predict(GoldenCheckpoints.directory("tiny-sd1"));

    private final Map<String, float[]> values = new LinkedHashMap<>();
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    @TempDir
    Path temp;

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"resnet_time_scale_shift\": \"default\" | \"resnet_time_scale_shift\": \"scale_shift\" | down_blocks.0.resnets.0.time_emb_proj.weight | [32, 64]",
                "\"center_input_sample\": false | \"center_input_sample\": true | conv_in.weight | [16, 4, 3, 3]",
                "\"mid_block_type\": \"UNetMidBlock2DCrossAttn\" | \"mid_block_type\": null | conv_in.weight | [16, 4, 3, 3]",
                "\"mid_block_type\": \"UNetMidBlock2DCrossAttn\" | \"mid_block_type\": \"UNetMidBlock2D\" | conv_in.weight | [16, 4, 3, 3]",
                "\"mid_block_scale_factor\": 1 | \"mid_block_scale_factor\": 1.5 | conv_in.weight | [16, 4, 3, 3]",
                "\"only_cross_attention\": false | \"only_cross_attention\": [true, false, true, false] | conv_in.weight | [16, 4, 3, 3]",
                "\"transformer_layers_per_block\": 1 | \"transformer_layers_per_block\": [1, 2, 1, 1] | up_blocks.2.attentions.2.transformer_blocks.1.norm1.weight | [32]",
                "\"layers_per_block\": 2 | \"layers_per_block\": [1, 2, 3, 1] | up_blocks.1.resnets.3.conv1.weight | [32, 64, 3, 3]",
                "\"in_channels\": 4 | \"in_channels\": 9 | conv_in.weight | [16, 9, 3, 3]",
                "\"conv_out_kernel\": 3 | \"conv_out_kernel\": 1 | conv_out.weight | [4, 16, 1, 1]",
                "\"downsample_padding\": 1 | \"downsample_padding\": 0 | conv_in.weight | [16, 4, 3, 3]",
                "\"flip_sin_to_cos\": true | \"flip_sin_to_cos\": false | conv_in.weight | [16, 4, 3, 3]",
                "\"freq_shift\": 0 | \"freq_shift\": 1 | conv_in.weight | [16, 4, 3, 3]",
                "\"act_fn\": \"silu\" | \"act_fn\": \"gelu\" | conv_in.weight | [16, 4, 3, 3]",
                "\"act_fn\": \"silu\" | \"act_fn\": \"mish\" | conv_in.weight | [16, 4, 3, 3]",
                "\"time_embedding_dim\": null | \"time_embedding_dim\": 96 | time_embedding.linear_2.weight | [96, 96]",
                "\"down_block_types\": [\"CrossAttnDownBlock2D\" | \"down_block_types\": [\"UNetResDownBlock2D\" | conv_in.weight | [16, 4, 3, 3]",
            })
    void anOptionChangesThePrediction(String from, String to, String tensor, String shape) throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path config = folder.resolve("unet/config.json");
        String text = Files.readString(config).replaceAll("\\s+", " ").replace("[ ", "[");
        assertThat(text).contains(from);
        Files.writeString(config, text.replace(from, to));

        float[] noise = fitted(folder);

        assertThat(noise).hasSize(4 * 8 * 8).isNotEqualTo(ORIGINAL);
        assertThat(Arrays.toString(shapes.get(tensor))).isEqualTo(shape);
    }

    @Test
    void upcastAttentionChangesNothingBecauseAllIsInSinglePrecision() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path config = folder.resolve("unet/config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"upcast_attention\": false", "\"upcast_attention\": true"));

        assertThat(predict(folder)).isEqualTo(ORIGINAL);
    }

    /** The prediction, once every weight has the shape that the graph asks for. */
    private float[] fitted(Path folder) throws IOException {
        Path file = folder.resolve("unet/diffusion_pytorch_model.safetensors");
        SafetensorsFile weights = SafetensorsFile.open(file);
        weights.tensors().forEach((name, tensor) -> {
            values.put(name, weights.floats(name));
            shapes.put(name, tensor.dims().stream().mapToLong(Long::longValue).toArray());
        });
        Unet unet = StableDiffusionParts.read(Checkpoint.open(folder)).unet();
        while (true) {
            try {
                unet.over(this::fitting, "fitting").graph(Unet.shape(8, 8, 5, 0));
                write(file);
                return predict(folder);
            } catch (ModelLoadException e) {
                Matcher wish = WISH.matcher(String.valueOf(e.getMessage()));
                assertThat(wish.find()).as(e.getMessage()).isTrue();
                long[] shape = Arrays.stream(wish.group(2).split(", ", -1))
                        .mapToLong(Long::parseLong)
                        .toArray();
                shapes.put(wish.group(1), shape);
                values.put(wish.group(1), small(shape));
            }
        }
    }

    private Weights fitting() {
        Map<String, Weight> weights = new LinkedHashMap<>();
        String source = temp.resolve("fitting").toString();
        values.forEach((name, tensor) -> {
            long[] shape = Objects.requireNonNull(shapes.get(name));
            weights.put(name, new MemoryWeight(name, Weight.list(shape), source, name, () -> tensor));
        });
        return Weights.of(weights, source, "fitting");
    }

    private void write(Path file) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        values.forEach((name, tensor) -> writer.floats(name, tensor, Objects.requireNonNull(shapes.get(name))));
        Path aside = writer.write(file.resolveSibling("aside"));
        Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static float[] small(long[] shape) {
        int length = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        Random random = new Random(length);
        float[] tensor = new float[length];
        for (int i = 0; i < length; i++) {
            tensor[i] = (float) random.nextGaussian() * 0.1f;
        }
        return tensor;
    }

    private static float[] predict(Path folder) {
        EngineOptions oneThread =
                new EngineOptions(1, "cpu", false, TestNetworks.options().cache());
        try (TestNetworks models = TestNetworks.open(folder, oneThread)) {
            float[] sample = new float[models.unet().config().inChannels() * 8 * 8];
            for (int i = 0; i < sample.length; i++) {
                sample[i] = (float) Math.sin(i);
            }
            Tensor prompt = new Tensor(new long[] {1, 5, 32}, small(new long[] {1, 5, 32}));
            return models.predictNoise(sample, 8, 8, 321, prompt, null, new Cancellation());
        }
    }
}
