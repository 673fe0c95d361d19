package dev.triptych.diffusion.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.PickleWriter;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of textual inversion. */
class EmbeddingTest {

    @TempDir
    Path folder;

    private Path file(SafetensorsWriter writer) {
        return writer.write(folder.resolve("my-style.safetensors"));
    }

    @Test
    void diffusersFilesSayTheirWordAndHaveOneVectorOrMore() {
        Embedding one = Embedding.open(file(new SafetensorsWriter().floats("<it>", new float[4], 4)), Optional.empty());
        Embedding two =
                Embedding.open(file(new SafetensorsWriter().floats("<it>", new float[8], 2, 4)), Optional.empty());

        assertThat(one.words()).containsExactly("<it>", "my-style");
        assertThat(one.rows("text_encoder", 4).orElseThrow().dims()).containsExactly(1L, 4L);
        assertThat(two.rows("text_encoder_2", 4).orElseThrow().dims()).containsExactly(2L, 4L);
        assertThat(two.rows("text_encoder", 5)).isEmpty();
    }

    @Test
    void filesOfTheWebUiAreCalledByTheirNames() {
        Path parameters = file(new SafetensorsWriter().floats("emb_params", new float[8], 2, 4));
        Path star = new SafetensorsWriter()
                .floats("string_to_param.*", new float[4], 1, 4)
                .write(folder.resolve("old.safetensors"));

        assertThat(Embedding.open(parameters, Optional.empty()).words()).containsExactly("my-style");
        assertThat(Embedding.open(star, Optional.empty()).words()).containsExactly("old");
        assertThat(Embedding.open(star, Optional.of("new")).words()).containsExactly("new");
    }

    @Test
    void pickledFilesOfTheWebUiAreReadToo() {
        Path file = new PickleWriter()
                .dict()
                .text("string_to_param")
                .dict()
                .floats("*", new float[] {1, 2, 3, 4}, 2, 2)
                .end()
                .text("name")
                .text("another name")
                .text("step")
                .number(500)
                .end()
                .write(folder.resolve("style.pt"));

        Embedding embedding = Embedding.open(file, Optional.empty());

        assertThat(embedding.words()).containsExactly("style");
        assertThat(embedding.rows("text_encoder", 2).orElseThrow().values()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void thoseOfXlAreForOneEncoderEach() {
        Embedding embedding = Embedding.open(
                file(new SafetensorsWriter()
                        .floats("clip_l", new float[4], 1, 4)
                        .floats("clip_g", new float[4], 1, 4)),
                Optional.of("it"));

        MoreTokens first = MoreTokens.of(List.of(embedding, embedding), "text_encoder", 100, 4);

        assertThat(embedding.rows("text_encoder", 4).orElseThrow().name()).isEqualTo("clip_l");
        assertThat(embedding.rows("text_encoder_2", 4).orElseThrow().name()).isEqualTo("clip_g");
        assertThat(embedding.rows("text_encoder_3", 4)).isEmpty();
        assertThat(first.words().split("it"))
                .singleElement()
                .satisfies(piece -> assertThat(piece.ids()).containsExactly(100));
        assertThat(first.rows().orElseThrow().dims()).containsExactly(2L, 4L);
    }

    @Test
    void whatIsNoEmbeddingIsRefused() {
        Path lora = file(new SafetensorsWriter().floats("a", new float[1], 1).floats("b", new float[1], 1));

        assertThatThrownBy(() -> Embedding.open(lora, Optional.empty()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(lora
                        + " must be a textual inversion (one tensor, emb_params, string_to_param, or clip_l and clip_g)"
                        + " but holds 2 tensors, such as a");
        Path long0 = file(new SafetensorsWriter().floats("emb_params", new float[76 * 2], 76, 2));
        assertThatThrownBy(() -> Embedding.open(long0, Optional.empty()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        long0 + ": tensor emb_params must hold 1 to 75 vectors of floats but has the shape [76, 2]");
    }
}
