package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PickleFileTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsTensorsWhereTheyLie(boolean isLegacy) {
        PickleWriter writer = new PickleWriter(isLegacy).dict();
        writer.text("epoch").number(3);
        writer.text("global_step").number(875000);
        writer.text("callbacks")
                .dict()
                .global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
                .dict()
                .text("best_model_score")
                .global("numpy.core.multiarray", "scalar")
                .numbers(1)
                .raw('R')
                .end()
                .end();
        writer.text("state_dict").dict();
        writer.floats("a", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        writer.floats("scalar", new float[] {7});
        writer.text("inner").dict().floats("b", new float[] {8, 9}, 2).end();
        writer.end().end();
        Path file = writer.write(folder.resolve("model.ckpt"));

        Weights weights = Weights.open(List.of(file), "here");

        assertThat(weights.names()).containsExactly("a", "scalar", "inner.b");
        assertThat(weights.require("a", 2, 3)).isInstanceOf(FileWeight.class);
        assertThat(weights.require("a", 2, 3).values()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(weights.scalar("scalar")).isEqualTo(7);
        assertThat(weights.require("inner.b", 2).values()).containsExactly(8, 9);
        assertThat(weights.metadata())
                .containsExactlyInAnyOrderEntriesOf(Map.of("epoch", "3", "global_step", "875000"));
        assertThat(weights.identity()).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void viewsOfOneStorageAreParts(boolean isLegacy) {
        PickleWriter writer = new PickleWriter(isLegacy).dict();
        Runnable storage = () -> writer.storage("0", "FloatStorage", 6, PickleWriter.bytes(1, 2, 3, 4, 5, 6));
        writer.text("last").tensor(storage, 4, new long[] {1, 2}, new long[] {9, 1});
        writer.text("transposed").tensor(storage, 0, new long[] {3, 2}, new long[] {1, 3});
        writer.text("expanded").tensor(storage, 1, new long[] {2, 3}, new long[] {0, 1});
        writer.end();
        Map<String, Weight> tensors =
                PickleFile.open(writer.write(folder.resolve("a.pt"))).tensors();

        assertThat(tensors.get("last")).isInstanceOf(FileWeight.class);
        assertThat(values(tensors, "last")).containsExactly(5, 6);
        assertThat(values(tensors, "transposed")).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(values(tensors, "expanded")).containsExactly(2, 3, 4, 2, 3, 4);
    }

    @Test
    void parametersAndTypesAreWhatTheyHold() {
        PickleWriter writer = new PickleWriter().dict();
        writer.text("embedding").global("torch._utils", "_rebuild_parameter").raw('(');
        writer.tensor(
                () -> writer.storage("0", "HalfStorage", 2, GgufWriter.numbers(2, 0x3C00, 0xC000)),
                0,
                new long[] {2},
                new long[] {1});
        writer.raw(0x88).global("collections", "OrderedDict").raw(')', 'R', 't', 'R');
        writer.text("small").global("torch._utils", "_rebuild_tensor_v3").raw('(');
        writer.storage("1", "UntypedStorage", 4, GgufWriter.numbers(2, 0x3F80, 0x4000));
        writer.number(0).numbers(2).numbers(1).raw(0x89);
        writer.global("collections", "OrderedDict")
                .raw(')', 'R')
                .global("torch", "bfloat16")
                .raw('t', 'R');
        writer.text("string_to_param")
                .global("torch.nn.modules.container", "ParameterDict")
                .raw(')', 0x81);
        writer.dict()
                .text("_parameters")
                .dict()
                .floats("*", new float[] {5}, 1)
                .end()
                .end()
                .raw('b');
        writer.end();

        Map<String, Weight> tensors =
                PickleFile.open(writer.write(folder.resolve("a.pt"))).tensors();

        assertThat(tensors).containsOnlyKeys("embedding", "small", "string_to_param.*");
        assertThat(values(tensors, "embedding")).containsExactly(1, -2);
        assertThat(values(tensors, "small")).containsExactly(1, 2);
        assertThat(values(tensors, "string_to_param.*")).containsExactly(5);
    }

    static Stream<Arguments> refused() {
        PickleWriter calls = new PickleWriter();
        calls.global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
                .raw(')', 'R');
        PickleWriter outside = new PickleWriter().dict().text("a");
        outside.tensor(() -> outside.storage("0", "FloatStorage", 2, new byte[8]), 1, new long[] {2}, new long[] {1});
        PickleWriter huge = new PickleWriter().dict().text("a");
        huge.tensor(
                () -> huge.storage("0", "FloatStorage", 1, new byte[4]), 0, new long[] {1 << 30, 1 << 30}, new long[] {
                    0, 0
                });
        PickleWriter shorter = new PickleWriter().dict().text("a");
        shorter.tensor(() -> shorter.storage("0", "FloatStorage", 2, new byte[4]), 0, new long[] {2}, new long[] {1});
        PickleWriter script = new PickleWriter().dict().end().entry("archive/code/a.py", new byte[1]);
        PickleWriter two = new PickleWriter().dict().end().entry("other/data.pkl", new byte[1]);
        return Stream.of(
                bad(
                        new PickleWriter().global("posix", "system").text("id").raw(0x85, 'R'),
                        "the pickle must hold tensors alone but names posix.system at byte 55, which could run code: it"
                                + " is not read"),
                bad(
                        new PickleWriter()
                                .raw(0x8c, 8)
                                .raw(letters("builtins"))
                                .raw(0x8c, 4)
                                .raw(letters("eval"))
                                .raw(0x93),
                        "the pickle must hold tensors alone but names builtins.eval at byte 71, which could run code:"
                                + " it is not read"),
                bad(
                        new PickleWriter().raw('(', 'i'),
                        "the pickle must hold tensors alone but has the operation INST at byte 56: it is not read"),
                bad(
                        new PickleWriter().raw(0x97),
                        "the pickle must hold tensors alone but has the operation NEXT_BUFFER at byte 55: it is not"
                                + " read"),
                bad(
                        calls,
                        "the pickle must not call pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint but calls"
                                + " it at byte 118: it is not read"),
                bad(
                        outside.end(),
                        "the pickle must hold tensors inside their storages but holds one of shape [2], strides [1] and"
                                + " offset 1 in 2 elements"),
                bad(
                        huge.end(),
                        "the pickle must hold tensors smaller than the file but a has the shape [1073741824,"
                                + " 1073741824]"),
                bad(shorter.end(), "a file of torch.save's must have 8 bytes in archive/data/0 but has 4"),
                bad(new PickleWriter().text("x"), "the pickle must hold a dict of tensors but holds a text"),
                bad(new PickleWriter().raw('R'), "the pickle must have a value to work on but has none"),
                bad(
                        new PickleWriter().raw('h', 9),
                        "the pickle must use values that it made but uses number 9 before making it"),
                bad(
                        script,
                        "a file of torch.save's must hold tensors alone but is a TorchScript program: it is not read"),
                bad(two, "a file of torch.save's must hold one data.pkl but holds 2"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsNoTensorIsRefusedByName(PickleWriter writer, String message) {
        Path file = writer.write(folder.resolve("a.pt"));

        assertThatThrownBy(() -> TensorFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": " + message);
    }

    @Test
    void aDictOfItselfEndsSomewhere() {
        PickleWriter writer = new PickleWriter().raw('}', 'q', 0).text("a").raw('h', 0, 's');

        assertThatThrownBy(() -> PickleFile.open(writer.write(folder.resolve("a.pt"))))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageEndingWith("the pickle must hold dicts at most 256 deep but holds deeper ones");
    }

    @Test
    void manyReferencesToOneDictAreCounted() {
        PickleWriter writer = new PickleWriter().dict().end().raw('q', 0);
        for (int level = 1; level < 40; level++) {
            writer.dict()
                    .text("a")
                    .raw('h', level - 1)
                    .text("b")
                    .raw('h', level - 1)
                    .end()
                    .raw('q', level);
        }

        assertThatThrownBy(() -> PickleFile.open(writer.write(folder.resolve("a.pt"))))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageEndingWith("the pickle must hold at most 1048576 entries but holds more");
    }

    @Test
    void aPickleOfSomethingElseIsNotRead() throws IOException {
        Path file = Files.write(folder.resolve("a.bin"), new byte[] {(byte) 0x80, 2, '}', '.'});

        assertThatThrownBy(() -> TensorFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": a file of torch.save's must begin with torch's magic number but is a pickle of"
                        + " something else: it is not read");
    }

    @Test
    void aTruncatedArchiveIsNamed() throws IOException {
        byte[] whole =
                new PickleWriter().dict().floats("a", new float[64], 64).end().toBytes();
        Path file = Files.write(folder.resolve("a.pt"), Arrays.copyOf(whole, whole.length - 30));

        assertThatThrownBy(() -> TensorFile.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": the zip archive must end with a directory but does not: the download is"
                        + " incomplete, or the file is truncated");
    }

    private static float[] values(Map<String, Weight> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name)).values();
    }

    private static int[] letters(String text) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        int[] letters = new int[ascii.length];
        for (int i = 0; i < letters.length; i++) {
            letters[i] = ascii[i];
        }
        return letters;
    }

    private static Arguments bad(PickleWriter writer, String message) {
        return Arguments.of(writer, message);
    }
}
