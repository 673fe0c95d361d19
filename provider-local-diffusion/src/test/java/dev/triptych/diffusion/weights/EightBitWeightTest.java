package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EightBitWeightTest {

    @TempDir
    Path temp;

    @Test
    void e4m3HasTheValuesOfItsDefinition() {
        float[] table = EightBitFloats.table(Dtype.F8_E4M3);

        for (int bits = 0; bits < 0x7F; bits++) {
            int exponent = bits >> 3;
            double expected = exponent == 0 ? (bits & 7) / 512.0 : (1 + (bits & 7) / 8.0) * Math.pow(2, exponent - 7);
            assertThat((double) table[bits]).as("code " + bits).isEqualTo(expected);
            assertThat(table[bits | 0x80]).as("code " + (bits | 0x80)).isEqualTo(-table[bits]);
        }
        assertThat(table[0x7F]).isNaN();
        assertThat(table[0xFF]).isNaN();
        assertThat(table[0x7E]).isEqualTo(448);
        assertThat(Float.floatToRawIntBits(table[0x80])).isEqualTo(Float.floatToRawIntBits(-0f));
    }

    @Test
    void e5m2IsTheUpperHalfOfAHalf() {
        float[] table = EightBitFloats.table(Dtype.F8_E5M2);

        assertThat(table[0x3C]).isEqualTo(1);
        assertThat(table[0x7B]).isEqualTo(57344);
        assertThat(table[0x01]).isEqualTo(0x1p-16f);
        assertThat(table[0xC0]).isEqualTo(-2);
        assertThat(table[0x7C]).isInfinite();
        assertThat(table[0x7D]).isNaN();
        assertThat(Float.floatToRawIntBits(table[0x80])).isEqualTo(Float.floatToRawIntBits(-0f));
    }

    @Test
    void aPlainCastIsWidenedAsItIs() {
        Weights weights = open(new SafetensorsWriter().add("x.weight", Dtype.F8_E4M3, new byte[] {0x38, 0x40}, 2, 1));

        assertThat(weights.require("x.weight", 2, 1).values()).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.scale_weight", "x.weight_scale"})
    void aScaleOfAllMultiplies(String scale) {
        Weights weights = open(new SafetensorsWriter()
                .add("x.weight", Dtype.F8_E4M3, new byte[] {0x38, 0x40, 0x44, 0x48}, 2, 2)
                .floats(scale, new float[] {0.5f})
                .floats("x.scale_input", new float[] {100}, 1)
                .add("scaled_fp8", Dtype.F8_E4M3, new byte[0], 0));

        assertThat(weights.require("x.weight", 2, 2).values()).containsExactly(0.5f, 1, 1.5f, 2);
        assertThat(weights.require("x.weight", 2, 2).rows(1, 1).values()).containsExactly(1.5f, 2);
    }

    @Test
    void aScaleOfEachRowGoesWithItsRow() {
        Weights weights = open(new SafetensorsWriter()
                .add("x.weight", Dtype.F8_E5M2, new byte[] {0x3C, 0x3C, 0x3C, 0x3C, 0x3C, 0x3C}, 3, 2)
                .floats("x.weight_scale", new float[] {2, 3, 5}, 3, 1));
        Weight all = weights.require("x.weight", 3, 2);

        assertThat(all.values()).containsExactly(2, 2, 3, 3, 5, 5);
        assertThat(all.rows(1, 2).values()).containsExactly(3, 3, 5, 5);
        assertThat(all.rows(1, 2).rows(1, 1).values()).containsExactly(5, 5);
        assertThat(all.rows(1, 2).reshaped(2, 2, 1, 1).rows(1, 1).values()).containsExactly(5, 5);
        assertThat(all.reshaped(6).rows(3, 2).values()).containsExactly(3, 5);
    }

    @Test
    void aScaleThatFitsNoRowsIsNamed() {
        SafetensorsWriter writer = new SafetensorsWriter()
                .add("x.weight", Dtype.F8_E4M3, new byte[4], 2, 2)
                .floats("x.weight_scale", new float[] {1, 2, 3}, 3);

        assertThatThrownBy(() -> open(writer))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file() + ": tensor x.weight_scale must hold one factor, or one for each of the 2 rows of"
                        + " x.weight, but has the shape [3]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nvfp4", "mxfp8", "int8_tensorwise", "convrot_w4a4"})
    void anotherFormatIsRefusedByItsName(String format) {
        byte[] json = ("{\"format\":\"" + format + "\"}").getBytes(StandardCharsets.UTF_8);
        SafetensorsWriter writer = new SafetensorsWriter().add("x.comfy_quant", Dtype.U8, json, json.length);

        assertThatThrownBy(() -> open(writer))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file() + ": x.comfy_quant must be in float8_e4m3fn or float8_e5m2 but is in " + format
                        + ", which is not read: take the model in fp16, bf16, fp8 or GGUF");
    }

    @Test
    void theFormatsOfTheMetadataCountToo() {
        String header = "{\"__metadata__\":{\"_quantization_metadata\":"
                + "\"{\\\"layers\\\":{\\\"x\\\":{\\\"format\\\":\\\"nvfp4\\\"}}}\"}}";
        Path file = SafetensorsWriter.write(file(), header, new byte[0]);

        assertThatThrownBy(() -> Weights.open(List.of(file), file.toString()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(file + ": x must be in float8_e4m3fn or float8_e5m2 but is in nvfp4");
    }

    private Path file() {
        return temp.resolve("x.safetensors");
    }

    private Weights open(SafetensorsWriter writer) {
        Path file = writer.write(file());
        return Weights.open(List.of(file), file.toString());
    }
}
