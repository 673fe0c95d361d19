package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {

    @TempDir
    Path folder;

    @Test
    void namesTheTensorThatIsMissingOrDoesNotFit() {
        Path file = new SafetensorsWriter()
                .floats("block.a", new float[6], 2, 3)
                .add("ids", Dtype.I64, new byte[8], 1)
                .write(folder.resolve("model.safetensors"));
        Weights weights = open(file);

        assertThatThrownBy(() -> weights.require("block.b", 2))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder + ": the weights must hold tensor block.b of shape [2] but do not; the nearest of"
                        + " their 2 names is block.a");
        assertThatThrownBy(() -> weights.require("block.a", 3, 2))
                .hasMessage(
                        file + ": tensor block.a must have the shape [3, 2] that config.json asks for but has [2, 3]");
        assertThatThrownBy(() -> weights.require("ids", 1))
                .hasMessage(file + ": tensor ids must be F32, F16, BF16 or F64 but was I64");
    }

    @Test
    void anOldNameAndAConvolutionStandForAMatrix() {
        Weights weights = open(new SafetensorsWriter()
                        .floats("query.weight", new float[] {1, 2, 3, 4}, 2, 2, 1, 1)
                        .write(folder.resolve("model.safetensors")))
                .renamed(name -> name.replace("query", "to_q"));

        Weight matrix = weights.require("to_q.weight", 2, 2);

        assertThat(matrix.dims()).containsExactly(2L, 2L);
        assertThat(matrix.values()).containsExactly(1, 2, 3, 4);
        assertThat(weights.has("query.weight")).isFalse();
    }

    @Test
    void rowsLieWhereTheyAre() {
        Path file = new SafetensorsWriter()
                .floats("a", new float[] {1, 2, 3, 4, 5, 6}, 3, 2)
                .write(folder.resolve("model.safetensors"));
        FileWeight whole = (FileWeight) open(file).require("a", 3, 2);

        FileWeight last = whole.rows(2, 1);

        assertThat(last.dims()).containsExactly(1L, 2L);
        assertThat(last.offset()).isEqualTo(whole.offset() + 16);
        assertThat(last.file()).isEqualTo(file);
        assertThatThrownBy(() -> whole.rows(2, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rows must be within [3, 2] of tensor a but were 2 to 4");
    }

    @Test
    void viewsRearrangeWithoutChangingWhatTheyLookAt() {
        Weight weight = memory("a", List.of(4L, 2L), 1, 2, 3, 4, 5, 6, 7, 8);

        assertThat(weight.transposed().dims()).containsExactly(2L, 4L);
        assertThat(weight.transposed().values()).containsExactly(1, 3, 5, 7, 2, 4, 6, 8);
        assertThat(weight.swappedHalves().values()).containsExactly(5, 6, 7, 8, 1, 2, 3, 4);
        assertThat(weight.rows(1, 2).values()).containsExactly(3, 4, 5, 6);
        assertThat(weight.reshaped(2, 4).transposed().values()).containsExactly(1, 5, 2, 6, 3, 7, 4, 8);
        assertThat(weight.values()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThatThrownBy(() -> weight.reshaped(3, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor a of shape [4, 2] cannot become [3, 3]");
    }

    @Test
    void aPatchedWeightIsItsBaseAndWhatIsAdded() {
        Weight base = memory("a", List.of(2L, 2L), 1, 2, 3, 4);
        PatchedWeight.Patch ones = new PatchedWeight.Patch() {
            @Override
            public void addTo(float[] values) {
                for (int i = 0; i < values.length; i++) {
                    values[i] += 1;
                }
            }

            @Override
            public String identity() {
                return "ones";
            }
        };

        Weight patched = new PatchedWeight(base, ones);

        assertThat(patched.values()).containsExactly(2, 3, 4, 5);
        assertThat(patched.rows(1, 1).values()).containsExactly(4, 5);
        assertThat(base.values()).containsExactly(1, 2, 3, 4);
        assertThat(patched.identity()).isEqualTo("memory a+ones");
    }

    @Test
    void blocksOfEightAndOfFourBitsAreScaled() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(34 + 18).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort((short) 0x3800); // one half
        for (int i = 0; i < 32; i++) {
            bytes.put((byte) (i - 16));
        }
        bytes.putShort((short) 0x4000); // two
        for (int i = 0; i < 16; i++) {
            bytes.put((byte) (i | (15 - i) << 4));
        }
        Path file = Files.write(folder.resolve("blocks"), bytes.array());

        float[] eight = new QuantisedWeight("q8", BlockFormat.Q8_0, List.of(1L, 32L), file, 0).values();
        float[] four = new QuantisedWeight("q4", BlockFormat.Q4_0, List.of(32L), file, 34).values();

        assertThat(eight[0]).isEqualTo(-8);
        assertThat(eight[31]).isEqualTo(7.5f);
        assertThat(Arrays.copyOf(four, 3)).containsExactly(-16, -14, -12);
        assertThat(Arrays.copyOfRange(four, 16, 19)).containsExactly(14, 12, 10);
        assertThatThrownBy(() -> new QuantisedWeight("q", BlockFormat.Q8_0, List.of(2L, 33L), file, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "a tensor in blocks of Q8_0 must have a multiple of 32 elements but tensor q has the shape [2,"
                                + " 33]");
    }

    @Test
    void whatLiesOnTopWins() {
        Weights below =
                Weights.of(Map.of("a", memory("a", List.of(1L), 1), "b", memory("b", List.of(1L), 2)), "x", "1");
        Weights above = Weights.of(Map.of("a", memory("a", List.of(1L), 3)), "y", "2");

        Weights both = below.overlaid(above);

        assertThat(both.require("a", 1).values()[0]).isEqualTo(3);
        assertThat(both.require("b", 1).values()[0]).isEqualTo(2);
        assertThat(both.source()).isEqualTo("x");
        assertThat(both.identity()).isEqualTo("1+2");
    }

    private static Weight memory(String name, List<Long> dims, float... values) {
        return new MemoryWeight(name, dims, "memory", "memory " + name, values::clone);
    }

    private Weights open(Path file) {
        return Weights.open(List.of(file), folder.toString());
    }
}
