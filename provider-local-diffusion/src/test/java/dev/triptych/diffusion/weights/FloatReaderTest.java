package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values from files, to the last bit. */
class FloatReaderTest {

    @TempDir
    Path folder;

    @Test
    void everyHalfHasItsValue() {
        ByteBuffer halves = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << 16; bits++) {
            halves.putShort((short) bits);
        }
        Path file = new SafetensorsWriter()
                .add("all", Dtype.F16, halves.array(), 1 << 16)
                .write(folder.resolve("halves"));

        float[] values = SafetensorsFile.open(file).floats("all");

        for (int bits = 0; bits < 1 << 16; bits++) {
            float expected = HalfFloats.toFloat((short) bits);
            if (Float.isNaN(expected)) {
                assertThat(values[bits]).isNaN();
            } else {
                assertThat(Float.floatToRawIntBits(values[bits])).isEqualTo(Float.floatToRawIntBits(expected));
            }
        }
    }

    @Test
    void tensorsOfSeveralBlocksAreWhole() {
        float[] numbers = new float[(1 << 17) + 5];
        ByteBuffer upper = ByteBuffer.allocate(2 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i;
            upper.putShort((short) (Float.floatToRawIntBits(i) >> 16));
        }
        Path file = new SafetensorsWriter()
                .floats("first", new float[3], 3)
                .floats("f32", numbers, numbers.length)
                .add("bf16", Dtype.BF16, upper.array(), numbers.length)
                .write(folder.resolve("long"));
        SafetensorsFile opened = SafetensorsFile.open(file);

        assertThat(opened.floats("f32")).containsExactly(numbers);
        float[] upperHalves = opened.floats("bf16");
        for (int i = 0; i < numbers.length; i++) {
            assertThat(upperHalves[i])
                    .isEqualTo(Float.intBitsToFloat(Float.floatToRawIntBits(numbers[i]) & 0xFFFF0000));
        }
    }

    @Test
    void singleNumbersAreReadWhateverTheirType() {
        Path file = new SafetensorsWriter()
                .add("long", Dtype.I64, new byte[] {5, 0, 0, 0, 0, 0, 0, 0})
                .add("byte", Dtype.U8, new byte[] {(byte) 200}, 1)
                .add("truth", Dtype.BOOL, new byte[] {1}, 1)
                .floats("float", new float[] {0.5f})
                .floats("two", new float[2], 2)
                .write(folder.resolve("numbers"));
        Weights weights = Weights.open(List.of(file), "numbers");

        assertThat(Weights.number(weights.tensor("long").orElseThrow())).isEqualTo(5);
        assertThat(Weights.number(weights.tensor("byte").orElseThrow())).isEqualTo(200);
        assertThat(Weights.number(weights.tensor("truth").orElseThrow())).isEqualTo(1);
        assertThat(Weights.number(weights.tensor("float").orElseThrow())).isEqualTo(0.5);
        assertThatThrownBy(() -> Weights.number(weights.tensor("two").orElseThrow()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": tensor two must be a single number but has the shape [2]");
    }
}
