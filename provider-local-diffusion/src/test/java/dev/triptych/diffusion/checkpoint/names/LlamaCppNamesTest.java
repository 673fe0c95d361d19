package dev.triptych.diffusion.checkpoint.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.weights.GgufWriter;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlamaCppNamesTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "tiny-t5-Q8_0.gguf, checkpoints/tiny-flux-dev/text_encoder_2/model.safetensors, ''",
        "tiny-qwen3-Q8_0.gguf, checkpoints/tiny-z-image/text_encoder/model.safetensors, model.",
    })
    void namesAndShapesAreThoseOfTheEncoderInTransformers(String gguf, String safetensors, String prefix) {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the full golden set is not on this machine: -Dtriptych.reference=FOLDER");
        Weights file = open(full.get().resolve("gguf").resolve(gguf));
        Weights expected = open(full.get().resolve(safetensors)).renamed(name -> prefix + name);

        Weights encoder = LlamaCppNames.toTransformers(file);

        assertThat(LlamaCppNames.fit(file.names())).isTrue();
        assertThat(LlamaCppNames.fit(expected.names())).isFalse();
        assertThat(encoder.shapes()).containsExactlyInAnyOrderEntriesOf(expected.shapes());
    }

    @Test
    void rowsInPairsAreTakenApartInLlamaAndMistralAlone() {
        // Two heads of four rows: in the file, rows 0 2 1 3 of each.
        float[] stored = {0, 2, 1, 3, 10, 12, 11, 13};
        Weights llama = open(languageModel("llama", stored).write(folder.resolve("llama.gguf")));
        Weights qwen = open(languageModel("qwen3", stored).write(folder.resolve("qwen.gguf")));

        Weight q = LlamaCppNames.toTransformers(llama).require("model.layers.0.self_attn.q_proj.weight", 8, 1);
        Weight k = LlamaCppNames.toTransformers(llama).require("model.layers.0.self_attn.k_proj.weight", 4, 1);
        Weight plain = LlamaCppNames.toTransformers(qwen).require("model.layers.0.self_attn.q_proj.weight", 8, 1);

        assertThat(q.values()).containsExactly(0, 1, 2, 3, 10, 11, 12, 13);
        assertThat(k.values()).containsExactly(0, 1, 2, 3);
        assertThat(plain.values()).containsExactly(stored);
    }

    @Test
    void aNumberOfHeadsThatDoesNotFitIsNamed() {
        Path file = languageModel("llama", new float[6]).write(folder.resolve("a.gguf"));

        assertThatThrownBy(() -> LlamaCppNames.toTransformers(open(file)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": key llama.attention.head_count must be a number of heads that 6 rows can be"
                        + " divided into but was 2");
    }

    private static GgufWriter languageModel(String architecture, float[] queries) {
        return new GgufWriter()
                .key("general.architecture", architecture)
                .key(architecture + ".attention.head_count", 2)
                .key(architecture + ".attention.head_count_kv", 1)
                .floats("token_embd.weight", new float[2], 2, 1)
                .floats("blk.0.attn_q.weight", queries, queries.length, 1)
                .floats("blk.0.attn_k.weight", new float[] {0, 2, 1, 3}, 4, 1)
                .floats("rope_freqs.weight", new float[2], 2);
    }

    private static Weights open(Path file) {
        return Weights.open(List.of(file), file.toString());
    }
}
