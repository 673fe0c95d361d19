package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GgufFileTest {

    private static final int Q8_0 = 8;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(BlockFormat.class)
    void blocksAreTheReferencesToTheLastBit(BlockFormat format) {
        List<SafetensorsFile> references = new ArrayList<>(List.of(GoldenCheckpoints.blocks()));
        GoldenCheckpoints.fullSet()
                .ifPresent(full -> references.add(SafetensorsFile.open(full.resolve("gguf/blocks.safetensors"))));
        for (SafetensorsFile reference : references) {
            byte[] blocks = reference.bytes(format + ".bytes").array();
            float[] expected = reference.floats(format + ".values");
            Path file = new GgufWriter()
                    .tensor("w", format.number(), blocks, expected.length)
                    .write(folder.resolve("w.gguf"));

            float[] values = tensor(file).values();

            assertThat(bits(values)).containsExactly(bits(expected));
        }
    }

    private static Weight tensor(Path file) {
        return Objects.requireNonNull(GgufFile.open(file).tensors().get("w"));
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    @Test
    void readsKeysAndPlainTensorsWhereTheyLie() {
        Path file = new GgufWriter()
                .version(2)
                .key("general.architecture", "flux")
                .key("general.file_type", 7)
                .key("list", 1, 2, 3)
                .key("long.list", new int[65])
                .key("yes", 7, new byte[] {1})
                .key("half", 6, GgufWriter.numbers(4, Float.floatToIntBits(0.5f)))
                .key("least", 11, GgufWriter.numbers(8, -1))
                .floats("a", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .tensor("half", 1, GgufWriter.numbers(2, 0x3C00), 1)
                .tensor("brain", 30, GgufWriter.numbers(2, 0xC020), 1)
                .tensor("ids", 27, new byte[16], 2)
                .write(folder.resolve("a.gguf"));

        Weights weights = Weights.open(List.of(file), "here");

        assertThat(weights.metadata())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "general.architecture", "flux",
                        "general.file_type", "7",
                        "list", "[1, 2, 3]",
                        "yes", "true",
                        "half", "0.5",
                        "least", "-1"));
        FileWeight a = (FileWeight) weights.require("a", 2, 3);
        assertThat(a.values()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(a.offset() % 32).isZero();
        assertThat(weights.require("half", 1, 1).values()).containsExactly(1);
        assertThat(weights.require("brain", 1).values()).containsExactly(-2.5f);
        assertThat(weights.names()).containsExactly("a", "half", "brain", "ids");
    }

    @Test
    void aTrueShapeIsGivenBack() {
        byte[] blocks = new byte[2 * 34];
        blocks[2] = 1;
        blocks[1] = 0x3C; // d of the first block is 1
        Path file = new GgufWriter()
                .key(GgufFile.TRUE_SHAPE + "w", 4, 16, 1, 1)
                .tensor("w", Q8_0, blocks, 2, 32)
                .write(folder.resolve("a.gguf"));

        QuantisedWeight weight = (QuantisedWeight) tensor(file);

        assertThat(weight.dims()).containsExactly(4L, 16L, 1L, 1L);
        assertThat(weight.hasWholeRows()).isFalse();
        assertThat(weight.values()).startsWith(1, 0).hasSize(64);
        assertThat(weight.rows(0, 1).values()).startsWith(1, 0).hasSize(16);
    }

    @Test
    void rowsOfWholeBlocksLieWhereTheyAre() {
        byte[] blocks = new byte[4 * 34];
        blocks[2 * 34 + 1] = 0x3C;
        blocks[2 * 34 + 2] = 7;
        Path file = new GgufWriter().tensor("w", Q8_0, blocks, 2, 64).write(folder.resolve("a.gguf"));

        Weight row = tensor(file).rows(1, 1);

        assertThat(row).isInstanceOf(QuantisedWeight.class);
        assertThat(row.dims()).containsExactly(1L, 64L);
        assertThat(row.values()).startsWith(7, 0).hasSize(64);
    }

    static Stream<Arguments> damage() {
        byte[] block = new byte[34];
        GgufWriter two = new GgufWriter().floats("a", new float[8], 8).floats("a", new float[8], 8);
        return Stream.of(
                bad("version 1", new GgufWriter().version(1), "the version must be 2 or 3 but was 1"),
                bad("big-endian", new GgufWriter().version(0x03000000), "must be little-endian but is big-endian"),
                bad(
                        "too many tensors",
                        new GgufWriter().claimTensors(1L << 40),
                        "the number of tensors must be at most 0 in a file of this size but was 1099511627776"),
                bad("twice", two, "tensor a must be listed once but is listed twice"),
                bad(
                        "key twice",
                        new GgufWriter().key("a", 1).key("a", 2),
                        "key a must be there once but is there twice"),
                bad(
                        "type of a key",
                        new GgufWriter().key("a", 13, new byte[64]),
                        "key a must be of a type from 0 to 12 but is of type 13"),
                bad(
                        "alignment",
                        new GgufWriter().key("general.alignment", 24),
                        "general.alignment must be a power of two but was 24"),
                bad(
                        "list past the end",
                        new GgufWriter().key("a", 9, GgufWriter.numbers(4, 4, 0, 1 << 28)),
                        "key a must have at most "),
                bad(
                        "refused type",
                        new GgufWriter().tensor("w", 16, block, 256),
                        "tensor w must be F32, F16, BF16, Q8_0, Q2_K to Q6_K, Q4_0 to Q5_1, IQ4_NL or IQ4_XS but is"
                                + " IQ2_XXS"),
                bad(
                        "row of half a block",
                        new GgufWriter().tensor("w", Q8_0, block, 2, 16),
                        "tensor w of type Q8_0 must have rows of a multiple of 32 elements but has the shape [2, 16]"),
                bad(
                        "axes",
                        new GgufWriter().tensor("w", 0, block, 1, 1, 1, 1, 1, 1),
                        "tensor w must have at most 5 axes but has 6"),
                bad(
                        "overflow",
                        new GgufWriter().tensor("w", 0, block, 1L << 40, 1L << 40),
                        "tensor w must fit into the file but has the shape [1099511627776, 1099511627776]"),
                bad(
                        "offset",
                        new GgufWriter().entry("w", 0, 4, 1).bytes(block),
                        "tensor w: the offset must be a multiple of 32 but was 4"),
                bad(
                        "overlap",
                        new GgufWriter()
                                .entry("a", 0, 0, 16)
                                .entry("b", 0, 32, 1)
                                .bytes(new byte[64]),
                        "tensor b must begin after byte 160, where tensor a ends, but begins at 128: they overlap"),
                bad(
                        "truncated",
                        new GgufWriter().entry("w", 0, 0, 16).bytes(block),
                        "tensor w must have 64 bytes at byte 64 but the file has 98: the download is incomplete, or the"
                                + " file is truncated"),
                bad(
                        "true shape",
                        new GgufWriter().key(GgufFile.TRUE_SHAPE + "w", 3, 3).tensor("w", 0, new byte[32], 8),
                        "comfy.gguf.orig_shape.w must be a shape of 8 elements but was [3, 3]"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damage")
    void namesTheFileAndWhatIsWrongWithIt(String name, GgufWriter writer, String message) {
        Path file = writer.write(folder.resolve("a.gguf"));

        assertThatThrownBy(() -> TensorFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(file + ": " + message);
    }

    @Test
    void aFileThatEndsInItsDirectoryIsTruncated() throws Exception {
        byte[] whole = new GgufWriter()
                .key("general.architecture", "flux")
                .floats("a", new float[8], 8)
                .toBytes();
        Path file = Files.write(folder.resolve("a.gguf"), Arrays.copyOf(whole, 40));

        assertThatThrownBy(() -> TensorFile.open(file)).isInstanceOf(ModelLoadException.class);
        assertThatThrownBy(() -> TensorFile.open(Files.write(file, Arrays.copyOf(whole, 12))))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " must have 8 bytes at byte 8 but ends after 4: the file is truncated or damaged");
    }

    private static Arguments bad(String name, GgufWriter writer, String message) {
        return Arguments.of(name, writer, message);
    }
}
