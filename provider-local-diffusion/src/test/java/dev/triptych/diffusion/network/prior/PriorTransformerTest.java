package dev.triptych.diffusion.network.prior;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the prior looks at. Its numbers are held against PyTorch's where the reference values are. */
class PriorTransformerTest {

    private static final int TOKENS = 5;
    private static final int SIZE = 6;
    private static final int WIDTH = 8;
    private static final String CONFIG = "{\"_class_name\": \"PriorTransformer\", \"num_attention_heads\": 2,"
            + " \"attention_head_dim\": 4, \"num_layers\": 2, \"embedding_dim\": 6, \"num_embeddings\": 5}";

    private final Random random = new Random(3);

    @TempDir
    Path temp;

    @Test
    void looksAtWhatCountsOfTheTextAndAtNothingElse() throws IOException {
        PriorTransformer prior = prior(CONFIG);
        float[] states = values(TOKENS * SIZE);
        float[] changedPadding = states.clone();
        changedPadding[4 * SIZE] += 1; // the fifth token, which does not count
        float[] changedText = states.clone();
        changedText[2 * SIZE] += 1;
        try (Engine engine = new Engine(EngineOptions.standard(UserCache.folder()))) {
            float[] plain = predict(prior, engine, states);

            assertThat(plain).hasSize(SIZE);
            assertThat(predict(prior, engine, changedPadding)).containsExactly(plain, within(1e-6f));
            assertThat(largestDifference(predict(prior, engine, changedText), plain))
                    .isGreaterThan(1e-3f);
        }
    }

    @Test
    void restoresWhatWasNormalised() throws IOException {
        float[] restored = prior(CONFIG).restored(new float[] {0, 1, 0, 0, 0, -2});

        assertThat(restored).containsExactly(0.5f, 2.5f, 0.5f, 0.5f, 0.5f, -3.5f); // mean 0.5, deviation 2
    }

    @Test
    void refusesOtherKindsOfPriors() {
        assertThatThrownBy(() -> prior(CONFIG.replace("2,", "2, \"norm_in_type\": \"layer\",")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(temp.resolve("config.json")
                        + ": \"norm_in_type\" must be null, the only supported value, but was \"layer\"");
    }

    private static float[] predict(PriorTransformer prior, Engine engine, float[] states) {
        Map<String, Tensor> text = Map.of(
                "text_embeds", new Tensor(new long[] {1, SIZE}, new float[] {1, -1, 0.5f, 0, 2, 1}),
                "encoder_hidden_states", new Tensor(new long[] {1, TOKENS, SIZE}, states),
                "attention_mask", new Tensor(new long[] {1, TOKENS}, new float[] {1, 1, 1, 1, 0}));
        return prior.predict(engine, new float[] {0, 1, 0, -1, 0, 1}, 500, text, new Cancellation());
    }

    private static float largestDifference(float[] a, float[] b) {
        float largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    private PriorTransformer prior(String config) throws IOException {
        Files.writeString(temp.resolve("config.json"), config);
        SafetensorsWriter writer = new SafetensorsWriter();
        linear(writer, "proj_in", WIDTH, SIZE);
        linear(writer, "embedding_proj", WIDTH, SIZE);
        linear(writer, "encoder_hidden_states_proj", WIDTH, SIZE);
        linear(writer, "time_embedding.linear_1", WIDTH, WIDTH);
        linear(writer, "time_embedding.linear_2", WIDTH, WIDTH);
        linear(writer, "proj_to_clip_embeddings", SIZE, WIDTH);
        norm(writer, "norm_out");
        writer.floats("prd_embedding", values(WIDTH), 1, 1, WIDTH);
        writer.floats("positional_embedding", values((TOKENS + 4) * WIDTH), 1, TOKENS + 4, WIDTH);
        for (int i = 0; i < 2; i++) {
            String block = "transformer_blocks." + i;
            norm(writer, block + ".norm1");
            norm(writer, block + ".norm3");
            for (String matrix : new String[] {"to_q", "to_k", "to_v", "to_out.0"}) {
                linear(writer, block + ".attn1." + matrix, WIDTH, WIDTH);
            }
            linear(writer, block + ".ff.net.0.proj", 4 * WIDTH, WIDTH);
            linear(writer, block + ".ff.net.2", WIDTH, 4 * WIDTH);
        }
        writer.floats("clip_mean", filled(SIZE, 0.5f), 1, SIZE);
        writer.floats("clip_std", filled(SIZE, 2), 1, SIZE);
        writer.write(temp.resolve("diffusion_pytorch_model.safetensors"));
        Part part = Part.at(temp);
        return new PriorTransformer(PriorConfig.read(part.config()), part);
    }

    private void linear(SafetensorsWriter writer, String name, int out, int in) {
        writer.floats(name + ".weight", values(out * in), out, in);
        writer.floats(name + ".bias", values(out), out);
    }

    private void norm(SafetensorsWriter writer, String name) {
        writer.floats(name + ".weight", filled(WIDTH, 1), WIDTH);
        writer.floats(name + ".bias", values(WIDTH), WIDTH);
    }

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() / 2;
        }
        return values;
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }
}
