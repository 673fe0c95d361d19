package dev.triptych.diffusion.adapt;

import static dev.triptych.diffusion.adapt.TinyModel.CONVOLUTION;
import static dev.triptych.diffusion.adapt.TinyModel.MATRIX;
import static dev.triptych.diffusion.adapt.TinyModel.NORM;
import static dev.triptych.diffusion.adapt.TinyModel.OUTPUT;
import static dev.triptych.diffusion.adapt.TinyModel.changed;
import static dev.triptych.diffusion.adapt.TinyModel.numbers;
import static dev.triptych.diffusion.adapt.TinyModel.unet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of adapter against its formula, element by element. */
class AdapterKindsTest {

    private static final float STRENGTH = 0.7f;

    @TempDir
    Path folder;

    /** An element of a weight [out, in, place] as it should be, given the element as it was. */
    @FunctionalInterface
    private interface Element {
        double at(int out, int in, int place, double was);
    }

    private static String plain(String module) {
        return "lora_unet_" + module.replace('.', '_');
    }

    private void assertElements(String tensor, int[] sizes, SafetensorsWriter file, Element expected) {
        float[] was = unet(folder).tensor(tensor).orElseThrow().values();
        float[] is = changed(folder, file.write(folder.resolve("it.safetensors")), STRENGTH, tensor);
        assertThat(is).hasSameSizeAs(was);
        for (int out = 0; out < sizes[0]; out++) {
            for (int in = 0; in < sizes[1]; in++) {
                for (int place = 0; place < sizes[2]; place++) {
                    int at = (out * sizes[1] + in) * sizes[2] + place;
                    assertThat((double) is[at])
                            .as("element %d, %d, %d", out, in, place)
                            .isCloseTo(expected.at(out, in, place, was[at]), within(1e-5));
                }
            }
        }
    }

    @Test
    void loraIsUpTimesDownByAlphaOverRank() {
        float[] up = numbers(6 * 2, 20);
        float[] down = numbers(2 * 4, 21);
        SafetensorsWriter file = new SafetensorsWriter()
                .floats(plain(MATRIX) + ".lora_up.weight", up, 6, 2)
                .floats(plain(MATRIX) + ".lora_down.weight", down, 2, 4)
                .floats(plain(MATRIX) + ".alpha", new float[] {3});

        assertElements(
                MATRIX + ".weight",
                new int[] {6, 4, 1},
                file,
                (out, in, place, was) ->
                        was + STRENGTH * 3 / 2.0 * (up[out * 2] * down[in] + up[out * 2 + 1] * down[4 + in]));
    }

    @Test
    void withoutAlphaTheScaleIsOneAndAlphaMayBeAnInteger() {
        float[] up = numbers(6 * 2, 22);
        float[] down = numbers(2 * 4, 23);
        byte[] four =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(4).array();
        Path without = new SafetensorsWriter()
                .floats(plain(MATRIX) + ".lora_up.weight", up, 6, 2)
                .floats(plain(MATRIX) + ".lora_down.weight", down, 2, 4)
                .write(folder.resolve("without.safetensors"));
        Path with = new SafetensorsWriter()
                .floats(plain(MATRIX) + ".lora_up.weight", up, 6, 2)
                .floats(plain(MATRIX) + ".lora_down.weight", down, 2, 4)
                .add(plain(MATRIX) + ".alpha", Dtype.I64, four)
                .write(folder.resolve("with.safetensors"));

        assertThat(changed(folder, without, 1, MATRIX + ".weight"))
                .containsExactly(changed(folder, with, 0.5f, MATRIX + ".weight"), within(1e-6f));
    }

    @Test
    void aTuckerCoreStandsBetweenUpAndDown() {
        float[] up = numbers(6 * 2, 24);
        float[] mid = numbers(2 * 2 * 9, 25);
        float[] down = numbers(2 * 4, 26);
        SafetensorsWriter file = new SafetensorsWriter()
                .floats(plain(CONVOLUTION) + ".lora_up.weight", up, 6, 2, 1, 1)
                .floats(plain(CONVOLUTION) + ".lora_mid.weight", mid, 2, 2, 3, 3)
                .floats(plain(CONVOLUTION) + ".lora_down.weight", down, 2, 4, 1, 1);

        assertElements(CONVOLUTION + ".weight", new int[] {6, 4, 9}, file, (out, in, place, was) -> {
            double sum = 0;
            for (int m = 0; m < 2; m++) {
                for (int n = 0; n < 2; n++) {
                    sum += up[out * 2 + m] * mid[(m * 2 + n) * 9 + place] * down[n * 4 + in];
                }
            }
            return was + STRENGTH * sum;
        });
    }

    @Test
    void lohaMultipliesTwoProductsElementByElement() {
        float[] w1a = numbers(6 * 2, 27);
        float[] w1b = numbers(2 * 36, 28);
        float[] w2a = numbers(6 * 2, 29);
        float[] w2b = numbers(2 * 36, 30);
        SafetensorsWriter file = new SafetensorsWriter()
                .floats(plain(CONVOLUTION) + ".hada_w1_a", w1a, 6, 2)
                .floats(plain(CONVOLUTION) + ".hada_w1_b", w1b, 2, 36)
                .floats(plain(CONVOLUTION) + ".hada_w2_a", w2a, 6, 2)
                .floats(plain(CONVOLUTION) + ".hada_w2_b", w2b, 2, 36)
                .floats(plain(CONVOLUTION) + ".alpha", new float[] {1}, 1);

        assertElements(CONVOLUTION + ".weight", new int[] {6, 4, 9}, file, (out, in, place, was) -> {
            int column = in * 9 + place;
            double first = w1a[out * 2] * w1b[column] + w1a[out * 2 + 1] * w1b[36 + column];
            double second = w2a[out * 2] * w2b[column] + w2a[out * 2 + 1] * w2b[36 + column];
            return was + STRENGTH * 0.5 * first * second;
        });
    }

    @Test
    void lohaWithCoresHasTheRankFirst() {
        float[] a = numbers(2 * 6, 31);
        float[] t = numbers(2 * 2 * 9, 32);
        float[] b = numbers(2 * 4, 33);
        float[] ones = new float[2 * 2 * 9];
        Arrays.fill(ones, 1);
        SafetensorsWriter file = new SafetensorsWriter()
                .floats(plain(CONVOLUTION) + ".hada_w1_a", a, 2, 6)
                .floats(plain(CONVOLUTION) + ".hada_w1_b", b, 2, 4)
                .floats(plain(CONVOLUTION) + ".hada_t1", t, 2, 2, 3, 3)
                .floats(plain(CONVOLUTION) + ".hada_w2_a", a, 2, 6)
                .floats(plain(CONVOLUTION) + ".hada_w2_b", b, 2, 4)
                .floats(plain(CONVOLUTION) + ".hada_t2", ones, 2, 2, 3, 3);

        assertElements(CONVOLUTION + ".weight", new int[] {6, 4, 9}, file, (out, in, place, was) -> {
            double first = 0;
            double second = 0;
            for (int p = 0; p < 2; p++) {
                for (int q = 0; q < 2; q++) {
                    first += a[p * 6 + out] * t[(p * 2 + q) * 9 + place] * b[q * 4 + in];
                    second += a[p * 6 + out] * b[q * 4 + in];
                }
            }
            return was + STRENGTH * first * second;
        });
    }

    @Test
    void lokrIsAKroneckerProductWhoseAlphaCountsOnlyWithFactors() {
        float[] w1 = numbers(2 * 2, 34);
        float[] w2 = numbers(3 * 2 * 9, 35);
        SafetensorsWriter whole = new SafetensorsWriter()
                .floats(plain(CONVOLUTION) + ".lokr_w1", w1, 2, 2)
                .floats(plain(CONVOLUTION) + ".lokr_w2", w2, 3, 2, 3, 3)
                .floats(plain(CONVOLUTION) + ".alpha", new float[] {1e6f});

        assertElements(
                CONVOLUTION + ".weight",
                new int[] {6, 4, 9},
                whole,
                (out, in, place, was) ->
                        was + STRENGTH * w1[out / 3 * 2 + in / 2] * w2[((out % 3) * 2 + in % 2) * 9 + place]);

        float[] w2a = numbers(3, 36);
        float[] w2b = numbers(2, 37);
        SafetensorsWriter factors = new SafetensorsWriter()
                .floats(plain(MATRIX) + ".lokr_w1", w1, 2, 2)
                .floats(plain(MATRIX) + ".lokr_w2_a", w2a, 3, 1)
                .floats(plain(MATRIX) + ".lokr_w2_b", w2b, 1, 2)
                .floats(plain(MATRIX) + ".alpha", new float[] {0.5f});

        assertElements(
                MATRIX + ".weight",
                new int[] {6, 4, 1},
                factors,
                (out, in, place, was) -> was + STRENGTH * 0.5 * w1[out / 3 * 2 + in / 2] * w2a[out % 3] * w2b[in % 2]);
    }

    @Test
    void gloraMixesTheInputsOfTheWeightInBothOfItsForms() {
        float[] a1 = numbers(4 * 2, 38);
        float[] a2 = numbers(2 * 4, 39);
        float[] b1 = numbers(6 * 2, 40);
        float[] b2 = numbers(2 * 4, 41);
        float[] weight = unet(folder).tensor(MATRIX + ".weight").orElseThrow().values();
        Element expected = (out, in, place, was) -> {
            double sum = b1[out * 2] * b2[in] + b1[out * 2 + 1] * b2[4 + in];
            for (int k = 0; k < 4; k++) {
                sum += weight[out * 4 + k] * (a1[k * 2] * a2[in] + a1[k * 2 + 1] * a2[4 + in]);
            }
            return was + STRENGTH * 0.5 * sum;
        };

        assertElements(MATRIX + ".weight", new int[] {6, 4, 1}, glora(a1, a2, b1, b2, false), expected);
        assertElements(MATRIX + ".weight", new int[] {6, 4, 1}, glora(a1, a2, b1, b2, true), expected);
    }

    /** Old files have the factors the other way round. */
    private static SafetensorsWriter glora(float[] a1, float[] a2, float[] b1, float[] b2, boolean old) {
        return new SafetensorsWriter()
                .floats(plain(MATRIX) + (old ? ".a2" : ".a1") + ".weight", a1, 4, 2)
                .floats(plain(MATRIX) + (old ? ".a1" : ".a2") + ".weight", a2, 2, 4)
                .floats(plain(MATRIX) + (old ? ".b2" : ".b1") + ".weight", b1, 6, 2)
                .floats(plain(MATRIX) + (old ? ".b1" : ".b2") + ".weight", b2, 2, 4)
                .floats(plain(MATRIX) + ".alpha", new float[] {1});
    }

    @Test
    void ia3MultipliesInputsOrOutputs() {
        float[] ofInputs = numbers(4, 42);
        float[] ofOutputs = numbers(6, 43);
        SafetensorsWriter file = new SafetensorsWriter()
                .floats(plain(CONVOLUTION) + ".weight", ofInputs, 4)
                .add(plain(CONVOLUTION) + ".on_input", Dtype.BOOL, new byte[] {1})
                .floats(plain(OUTPUT) + ".weight", ofOutputs, 6, 1)
                .add(plain(OUTPUT) + ".on_input", Dtype.BOOL, new byte[] {0});

        assertElements(
                CONVOLUTION + ".weight",
                new int[] {6, 4, 9},
                file,
                (out, in, place, was) -> was * (1 + STRENGTH * ofInputs[in]));
        assertElements(
                OUTPUT + ".weight",
                new int[] {6, 6, 1},
                file,
                (out, in, place, was) -> was * (1 + STRENGTH * ofOutputs[out]));
    }

    @Test
    void doraGivesRowsOrColumnsTheirLength() {
        float[] up = numbers(6, 44);
        float[] down = numbers(36, 45);
        float[] lengths = numbers(6, 46);
        float[] columns = numbers(4, 47);
        float[] weight =
                unet(folder).tensor(CONVOLUTION + ".weight").orElseThrow().values();
        double[] changed = new double[weight.length];
        double[] ofRows = new double[6];
        double[] ofInputs = new double[4];
        for (int i = 0; i < weight.length; i++) {
            changed[i] = weight[i] + up[i / 36] * down[i % 36];
            ofRows[i / 36] += changed[i] * changed[i];
            ofInputs[i % 36 / 9] += changed[i] * changed[i];
        }
        SafetensorsWriter byRow = new SafetensorsWriter()
                .floats("unet." + CONVOLUTION + ".lora_B.weight", up, 6, 1, 1, 1)
                .floats("unet." + CONVOLUTION + ".lora_A.weight", down, 1, 4, 3, 3)
                .floats("unet." + CONVOLUTION + ".lora_magnitude_vector.weight", lengths, 1, 6, 1, 1);
        SafetensorsWriter byColumn = new SafetensorsWriter()
                .floats(plain(CONVOLUTION) + ".lora_up.weight", up, 6, 1, 1, 1)
                .floats(plain(CONVOLUTION) + ".lora_down.weight", down, 1, 4, 3, 3)
                .floats(plain(CONVOLUTION) + ".dora_scale", columns, 1, 4, 1, 1);

        assertElements(CONVOLUTION + ".weight", new int[] {6, 4, 9}, byRow, (out, in, place, was) -> {
            double full = changed[(out * 4 + in) * 9 + place] * lengths[out] / Math.sqrt(ofRows[out]);
            return was + STRENGTH * (full - was);
        });
        assertElements(CONVOLUTION + ".weight", new int[] {6, 4, 9}, byColumn, (out, in, place, was) -> {
            double full = changed[(out * 4 + in) * 9 + place] * columns[in] / Math.sqrt(ofInputs[in]);
            return was + STRENGTH * (full - was);
        });
    }

    @Test
    void differencesChangeWeightsAndBiasesOfNormsToo() {
        float[] ofNorm = numbers(4, 48);
        float[] ofBias = numbers(6, 49);
        SafetensorsWriter file = new SafetensorsWriter()
                .floats(plain(NORM) + ".w_norm", ofNorm, 4)
                .floats(plain(OUTPUT) + ".diff_b", ofBias, 6);

        assertElements(
                NORM + ".weight", new int[] {4, 1, 1}, file, (out, in, place, was) -> was + STRENGTH * ofNorm[out]);
        assertElements(
                OUTPUT + ".bias", new int[] {6, 1, 1}, file, (out, in, place, was) -> was + STRENGTH * ofBias[out]);
    }

    @Test
    void aLoraForFourChannelsLeavesTheOthersOfAnInpaintingModelAlone() {
        float[] up = numbers(6, 50);
        float[] down = numbers(36, 51);
        SafetensorsWriter file = new SafetensorsWriter()
                .floats(plain("conv_in") + ".lora_up.weight", up, 6, 1, 1, 1)
                .floats(plain("conv_in") + ".lora_down.weight", down, 1, 4, 3, 3);

        assertElements(
                "conv_in.weight",
                new int[] {6, 9, 9},
                file,
                (out, in, place, was) -> was + (in < 4 ? STRENGTH * up[out] * down[in * 9 + place] : 0));
    }

    @Test
    void rowsOfAFusedTensorGoToTheModulesThatTheyAre() {
        float[] up = numbers(12, 52);
        float[] down = numbers(4, 53);
        Path file = new SafetensorsWriter()
                .floats("diffusion_model.qkv.lora_B.weight", up, 12, 1)
                .floats("diffusion_model.qkv.lora_A.weight", down, 1, 4)
                .write(folder.resolve("fused.safetensors"));
        Path model = new SafetensorsWriter()
                .floats("q.weight", new float[24], 6, 4)
                .floats("k.weight", new float[24], 6, 4)
                .write(folder.resolve("model.safetensors"));
        Weights weights = Weights.open(List.of(model), "model");
        ModuleTable table = ModuleTable.of("transformer", weights)
                .withFused("qkv", List.of(new ModuleTable.Slot("q", 0, 6), new ModuleTable.Slot("k", 6, 6)));

        Adapter adapter = Adapter.open("it", file, new Modules("FLUX.1", List.of(table)));

        float[] k = new Adaptation(List.of(new Adaptation.Applied(adapter, 1, 1)))
                .over("transformer", weights)
                .tensor("k.weight")
                .orElseThrow()
                .values();
        for (int i = 0; i < k.length; i++) {
            assertThat(k[i]).isCloseTo(up[6 + i / 4] * down[i % 4], within(1e-6f));
        }
    }
}
