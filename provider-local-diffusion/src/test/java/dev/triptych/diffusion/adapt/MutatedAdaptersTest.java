package dev.triptych.diffusion.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Adapters in which names, shapes, types or bytes are wrong: each is used, or refused with one error that names the
 * file. The system property {@code triptych.fuzz} says how many.
 */
class MutatedAdaptersTest {

    private static final int COUNT = Integer.getInteger("triptych.fuzz", 300);

    /** Parts of names, among them all that mean something. */
    private static final List<String> ENDS = List.of(
            ".lora_up.weight",
            ".lora_down.weight",
            ".lora_mid.weight",
            ".alpha",
            ".scale",
            ".dora_scale",
            ".lora_magnitude_vector",
            ".diff",
            ".diff_b",
            ".w_norm",
            ".hada_w1_a",
            ".hada_w1_b",
            ".hada_w2_a",
            ".hada_w2_b",
            ".hada_t1",
            ".hada_t2",
            ".lokr_w1",
            ".lokr_w1_a",
            ".lokr_w1_b",
            ".lokr_w2",
            ".lokr_w2_a",
            ".lokr_w2_b",
            ".lokr_t2",
            ".a1.weight",
            ".a2.weight",
            ".b1.weight",
            ".b2.weight",
            ".bm.weight",
            ".weight",
            ".on_input");

    private static final List<String> MODULES = List.of(
            "lora_unet_" + TinyModel.MATRIX.replace('.', '_'),
            "unet." + TinyModel.OUTPUT,
            "lora_unet_" + TinyModel.CONVOLUTION.replace('.', '_'),
            "lora_unet_" + TinyModel.NORM.replace('.', '_'),
            "lora_te_" + TinyModel.TEXT.replace('.', '_'));

    private static final int[] SIZES = {0, 1, 2, 3, 4, 6, 9};

    @TempDir
    Path folder;

    @Test
    void tensorsOfAnyShapeFitOrAreRefused() {
        Modules modules = TinyModel.modules(folder);
        int used = 0;
        for (int seed = 0; seed < COUNT; seed++) {
            Path file = random(new Random(seed)).write(folder.resolve("it.safetensors"));
            used += tryOut(file, modules, "seed " + seed) ? 1 : 0;
        }
        assertThat(used).isPositive().isLessThan(COUNT);
    }

    @Test
    void changedBytesFitOrAreRefused() throws IOException {
        Modules modules = TinyModel.modules(folder);
        Path whole = new SafetensorsWriter()
                .floats(MODULES.get(0) + ".lora_up.weight", new float[12], 6, 2)
                .floats(MODULES.get(0) + ".lora_down.weight", new float[8], 2, 4)
                .floats(MODULES.get(0) + ".alpha", new float[] {1})
                .floats(MODULES.get(2) + ".lokr_w1", new float[4], 2, 2)
                .floats(MODULES.get(2) + ".lokr_w2", new float[54], 3, 2, 3, 3)
                .write(folder.resolve("whole.safetensors"));
        byte[] bytes = Files.readAllBytes(whole);
        Path file = folder.resolve("it.safetensors");
        for (int seed = 0; seed < COUNT; seed++) {
            Random random = new Random(seed);
            byte[] changed = bytes.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, changed);
            tryOut(file, modules, "seed " + seed);
        }
    }

    @Test
    void changedEmbeddingsAreReadOrRefused() throws IOException {
        for (int seed = 0; seed < COUNT; seed++) {
            Random random = new Random(seed);
            SafetensorsWriter writer = new SafetensorsWriter();
            for (String name : List.of("clip_l", "clip_g", "emb_params", "<it>")) {
                if (random.nextInt(3) > 0) {
                    long[] shape = shape(random);
                    writer.floats(name, new float[elements(shape)], shape);
                }
            }
            Path file = writer.write(folder.resolve("it.safetensors"));
            try {
                Embedding embedding = Embedding.open(file, Optional.empty());
                MoreTokens.of(List.of(embedding), "text_encoder", 10, 4);
                assertThat(embedding.describe()).contains(file.toString());
            } catch (ModelLoadException e) {
                assertThat(e).hasMessageContaining("it.safetensors");
            }
        }
    }

    /** Whether the adapter could be used; all its numbers are computed then. */
    private boolean tryOut(Path file, Modules modules, String what) {
        try {
            Adapter adapter = Adapter.open("it", file, modules);
            Adaptation adaptation = new Adaptation(List.of(new Adaptation.Applied(adapter, 1, 1)));
            for (ModuleTable table : modules.tables()) {
                Weights over = adaptation.over(table.part(), table.weights());
                over.names().forEach(name -> over.tensor(name).orElseThrow().values());
            }
            return true;
        } catch (ModelLoadException e) {
            assertThat(e).as(what).hasMessageContaining("it.safetensors");
            return false;
        } catch (RuntimeException e) {
            return fail(what + " must be used or refused but failed", e);
        }
    }

    private static SafetensorsWriter random(Random random) {
        SafetensorsWriter writer = new SafetensorsWriter();
        List<String> names = new ArrayList<>();
        String module = MODULES.get(random.nextInt(MODULES.size()));
        int from = random.nextInt(ENDS.size());
        for (int i = 0; i < 1 + random.nextInt(5); i++) {
            String name = module + ENDS.get(Math.min(ENDS.size() - 1, from + i));
            if (!names.contains(name)) {
                names.add(name);
                long[] shape = shape(random);
                writer.floats(name, TinyModel.numbers(elements(shape), i), shape);
            }
        }
        return writer.floats(MODULES.get(1) + ".diff_b", new float[6], 6);
    }

    private static long[] shape(Random random) {
        long[] shape = new long[random.nextInt(5)];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = SIZES[random.nextInt(SIZES.length)];
        }
        return shape;
    }

    private static int elements(long[] shape) {
        int elements = 1;
        for (long axis : shape) {
            elements *= (int) axis;
        }
        return elements;
    }
}
