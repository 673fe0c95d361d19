package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {

    @TempDir
    Path folder;

    @Test
    void aPointerOfGitLfsIsNamed() throws IOException {
        Path file = Files.writeString(
                folder.resolve("a.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n");

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        file + " must be a safetensors file but is a Git LFS pointer: the weights (9 bytes by its own"
                                + " line) were not downloaded; run git lfs pull, or download the file itself");
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("foreignFiles")
    void aFileOfAnotherKindIsCalledWhatItIs(byte[] content, String found) throws IOException {
        Path file = Files.write(folder.resolve("model.safetensors"), content);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " must be a safetensors file but is " + found);
    }

    static List<Arguments> foreignFiles() {
        String page = "<!DOCTYPE html>\n<html><head><title>model.safetensors\u00b7 at main</title></head>";
        String zip = "PK\u0003\u0004" + "\0".repeat(22) + "\u0011\0\0\0" + "model.safetensors";
        String pickle = "PK\u0003\u0004" + "\0".repeat(22) + "\u0010\0\0\0" + "archive/data.pkl";
        return List.of(
                foreign(
                        page,
                        "an HTML page (\"model.safetensors at main\"): the download saved a web page; use the file's"
                                + " download link (/resolve/, not /blob/), or log in"),
                foreign(zip, "a zip archive holding model.safetensors: unpack it"),
                foreign(pickle, "a PyTorch pickle (zip)"),
                foreign("\u0080\u0002}q\0", "a PyTorch pickle"),
                foreign("GGUF\u0003\0\0\0", "a GGUF file"),
                foreign(
                        "\u0008\u0008\u0012\u0007pytorch",
                        "an ONNX model: give the folder with model_index.json of" + " the export"),
                foreign("\u0089PNG\r\n\u001a\n", "a PNG picture"),
                foreign("{\"error\":\"Repository not found\"}", "JSON: {\"error\":\"Repository not found\"}"),
                foreign("Access denied, sorry.", "a text: Access denied, sorry."));
    }

    private static Arguments foreign(String content, String found) {
        return Arguments.of(content.getBytes(StandardCharsets.ISO_8859_1), found);
    }

    @Test
    void anUnfinishedDownloadIsNamedByWhatLiesBesideIt() throws IOException {
        Path file = Files.write(folder.resolve("model.safetensors"), new byte[64]);
        Files.createFile(folder.resolve("model.safetensors.aria2"));

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessage(
                        file + " must be a safetensors file but is an unfinished download: model.safetensors.aria2 is"
                                + " beside it");
    }

    @Test
    void readsEveryFloatingPointType() {
        Path file = new SafetensorsWriter()
                .floats("f32", new float[] {1, -2.5f}, 2)
                .add("f16", Dtype.F16, shorts(0x3C00, 0xC100, 0x0001, 0x7C00), 2, 2)
                .add("bf16", Dtype.BF16, shorts(0x3F80, 0xC020), 2)
                .add("scalar", Dtype.I64, new byte[8])
                .write(folder.resolve("a.safetensors"));

        SafetensorsFile tensors = SafetensorsFile.open(file);

        assertThat(tensors.floats("f32")).containsExactly(1, -2.5f);
        assertThat(tensors.floats("f16")).containsExactly(1, -2.5f, 0x1p-24f, Float.POSITIVE_INFINITY);
        assertThat(tensors.floats("bf16")).containsExactly(1, -2.5f);
        assertThat(tensors.tensors()).containsOnlyKeys("f32", "f16", "bf16", "scalar");
        assertThat(tensors.tensor("f16").orElseThrow().dims()).containsExactly(2L, 2L);
        assertThatThrownBy(() -> tensors.floats("scalar"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": tensor scalar must be F32, F16, BF16 or F64 but was I64");
    }

    static Stream<Arguments> damage() {
        byte[] eight = new byte[8];
        return Stream.of(
                bad(
                        "too short for a header",
                        new byte[] {1, 2},
                        " must be a safetensors file of at least 8 bytes but has 2: it is truncated"),
                bad(
                        "header length past the end",
                        ByteBuffer.allocate(20)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(99)
                                .array(),
                        " must have a header of 99 bytes but ends inside it, after 12: the file is truncated"),
                bad(
                        "negative header length",
                        ByteBuffer.allocate(20)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(-1)
                                .array(),
                        ": the header length must be between 2 and 12 bytes but was 18446744073709551615: the file is truncated or no safetensors file"),
                bad("header is no JSON", "{\"a\":", ": the header must be a JSON object but is not: "),
                bad("header is a list", "[1]", ": the header must be a JSON object but is not"),
                bad("trailing text", "{} {}", ": the header must be a JSON object but is not: "),
                bad(
                        "twice the same name",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        ": the header must be a JSON object but is not: Duplicate field 'a'"),
                bad(
                        "unknown type",
                        new SafetensorsWriter().entry("a", "Q4", "[2]", 0, 8).bytes(eight),
                        ": tensor a: dtype must be one of [F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, U64, I32, U32, I16, U16, I8, U8, BOOL] but was \"Q4\""),
                bad(
                        "shape is no list",
                        new SafetensorsWriter().entry("a", "F32", "\"2\"", 0, 8).bytes(eight),
                        ": tensor a: shape must be a list of numbers but was \"2\""),
                bad(
                        "negative shape",
                        new SafetensorsWriter().entry("a", "F32", "[-2]", 0, 8).bytes(eight),
                        ": tensor a: shape must be whole numbers from 0 but was [-2]"),
                bad(
                        "end before begin",
                        new SafetensorsWriter().entry("a", "F32", "[2]", 8, 0).bytes(eight),
                        ": tensor a: data_offsets must be a begin and an end after it but was [8,0]"),
                bad(
                        "size does not fit the shape",
                        new SafetensorsWriter().entry("a", "F32", "[3]", 0, 8).bytes(eight),
                        ": tensor a of type F32 and shape [3] must have 12 bytes but data_offsets give it 8"),
                bad(
                        "shape overflows",
                        new SafetensorsWriter()
                                .entry("a", "F32", "[4611686018427387904,4]", 0, 8)
                                .bytes(eight),
                        ": tensor a of type F32 and shape [4611686018427387904, 4] must have 9223372036854775807 bytes but data_offsets give it 8"),
                bad(
                        "overlap",
                        new SafetensorsWriter()
                                .entry("a", "F32", "[2]", 0, 8)
                                .entry("b", "F32", "[1]", 4, 8)
                                .bytes(eight),
                        ": tensor b must begin at byte 123, where tensor a ends, but begins at 119: they overlap"),
                bad(
                        "gap",
                        new SafetensorsWriter().entry("a", "F32", "[1]", 4, 8).bytes(eight),
                        ": tensor a must begin at byte 62, where the header ends, but begins at 66: there is a gap"),
                bad(
                        "truncated data",
                        new SafetensorsWriter().entry("a", "F32", "[4]", 0, 16).bytes(eight),
                        " must have 79 bytes by its header but has 71: the download is incomplete (89 %), or the file is truncated"),
                bad(
                        "more data than tensors",
                        new SafetensorsWriter().entry("a", "F32", "[1]", 0, 4).bytes(eight),
                        " must end at byte 66, where tensor a ends, but has 4 bytes more: a joined or wrongly resumed download"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damage")
    void namesTheFileAndWhatIsWrongWithIt(String name, Object content, String message) throws IOException {
        Path file = folder.resolve("a.safetensors");
        if (content instanceof byte[] bytes) {
            Files.write(file, bytes);
        } else if (content instanceof String header) {
            SafetensorsWriter.write(file, header, new byte[8]);
        } else {
            ((SafetensorsWriter) content).write(file);
        }

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(file + message);
    }

    @Test
    void aMissingFileIsNamed() {
        Path file = folder.resolve("none.safetensors");

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " must be a safetensors file but does not exist");
    }

    static Stream<Arguments> notFinite() {
        return Stream.of(
                Arguments.of(Dtype.F32, new byte[] {0, 0, (byte) 0xC0, 0x7F}),
                Arguments.of(Dtype.F32, new byte[] {0, 0, (byte) 0x80, (byte) 0xFF}),
                Arguments.of(Dtype.F16, new byte[] {1, 0x7C}),
                Arguments.of(Dtype.F16, new byte[] {0, (byte) 0xFC}),
                Arguments.of(Dtype.BF16, new byte[] {(byte) 0xC0, 0x7F}),
                Arguments.of(Dtype.F64, new byte[] {0, 0, 0, 0, 0, 0, (byte) 0xF8, 0x7F}));
    }

    @ParameterizedTest
    @MethodSource("notFinite")
    void findsNanAndInfinitiesAtAnyPlace(Dtype dtype, byte[] value) {
        int count = 11;
        for (int place = 0; place < count; place++) {
            byte[] bytes = new byte[count * dtype.bytes()];
            Arrays.fill(bytes, (byte) 0x7B); // Large, but finite in every type.
            System.arraycopy(value, 0, bytes, place * dtype.bytes(), value.length);
            Path file = new SafetensorsWriter()
                    .add("fine", dtype, finite(bytes.length), count)
                    .add("broken", dtype, bytes, count)
                    .write(folder.resolve(dtype + "-" + place + ".safetensors"));
            SafetensorsFile tensors = SafetensorsFile.open(file);

            Weights.checkFinite(List.of(tensors.tensor("fine").orElseThrow()));
            assertThatThrownBy(() -> Weights.checkFinite(tensors.tensors().values()))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage(file + ": tensor broken must hold finite numbers but holds NaN or an infinity");
        }
    }

    private static byte[] finite(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0x7B);
        return bytes;
    }

    private static byte[] shorts(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putShort((short) value);
        }
        return bytes.array();
    }

    private static Arguments bad(String name, Object content, String message) {
        return Arguments.of(name, content, message);
    }
}
