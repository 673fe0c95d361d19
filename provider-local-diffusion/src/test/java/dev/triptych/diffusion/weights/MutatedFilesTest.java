package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.fail;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files with something changed: each opens, or is refused with one clear error that names it, and never by another
 * exception, a hang, or memory that its size does not explain. The system property {@code triptych.fuzz} says how many
 * of each kind.
 */
class MutatedFilesTest {

    private static final int COUNT = Integer.getInteger("triptych.fuzz", 300);

    /** What a reader may take for itself whatever the file's size, and how many times the file's size beyond. */
    private static final long FIXED_BYTES = 2 << 20;

    private static final long TIMES_SIZE = 64;

    @TempDir
    Path folder;

    enum Kind {
        SAFETENSORS {
            @Override
            byte[] whole(Path folder) throws IOException {
                Path file = new SafetensorsWriter()
                        .floats("blocks.0.weight", new float[64], 8, 8)
                        .floats("blocks.0.bias", new float[8], 8)
                        .add("half", Dtype.F16, new byte[32], 4, 4)
                        .write(folder.resolve("whole"));
                return Files.readAllBytes(file);
            }
        },
        GGUF {
            @Override
            byte[] whole(Path folder) {
                return new GgufWriter()
                        .key("general.architecture", "flux")
                        .key("general.alignment", 32)
                        .key(GgufFile.TRUE_SHAPE + "w", 4, 16, 1, 1)
                        .tensor("w", 8, new byte[68], 2, 32)
                        .tensor("k", 12, new byte[144], 1, 256)
                        .floats("bias", new float[8], 8)
                        .toBytes();
            }
        },
        PICKLE {
            @Override
            byte[] whole(Path folder) {
                return pickled(false);
            }
        },
        LEGACY_PICKLE {
            @Override
            byte[] whole(Path folder) {
                return pickled(true);
            }
        };

        abstract byte[] whole(Path folder) throws IOException;

        private static byte[] pickled(boolean isLegacy) {
            PickleWriter writer = new PickleWriter(isLegacy).dict();
            writer.text("global_step").number(7);
            writer.text("state_dict").dict();
            writer.floats("a", new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
            writer.text("t");
            Runnable storage = () -> writer.storage("1", "FloatStorage", 6, new byte[24]);
            writer.tensor(storage, 0, new long[] {3, 2}, new long[] {1, 3});
            return writer.end().raw('q', 1).end().toBytes();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aChangedFileOpensOrIsRefusedInOneClearSentence(Kind kind) throws IOException {
        byte[] whole = kind.whole(folder);
        Path file = Files.write(folder.resolve("mutated"), whole);
        use(file); // loads what is loaded once
        int refused = 0;
        for (int seed = 0; seed < COUNT; seed++) {
            byte[] mutated = mutate(whole, new Random(seed));
            Files.write(file, mutated);
            long before = allocated();
            try {
                use(file);
            } catch (ModelLoadException e) {
                refused++;
                assertThat(e.getMessage())
                        .as("seed %d", seed)
                        .contains(file.toString())
                        .hasSizeLessThan(2000);
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                fail("seed " + seed + " of " + kind + " must be refused with a ModelLoadException", e);
            }
            assertThat(allocated() - before)
                    .as("bytes allocated for seed %d of %s, %d bytes long", seed, kind, mutated.length)
                    .isLessThan(FIXED_BYTES + TIMES_SIZE * mutated.length);
        }
        assertThat(refused).as("refused of %d", COUNT).isBetween(COUNT / 10, COUNT - 1);
    }

    /** Opens it, and reads all of its tensors that have a type to compute with. */
    private static void use(Path file) {
        for (Weight weight : TensorFile.open(file).tensors().values()) {
            if (!(weight instanceof FileWeight plain) || plain.dtype().isFloat()) {
                assertThatCode(weight::values)
                        .satisfiesAnyOf(
                                thrown -> assertThat(thrown).isNull(),
                                thrown -> assertThat(thrown).isInstanceOf(ModelLoadException.class));
            }
        }
    }

    private static byte[] mutate(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int change = random.nextInt(3); change >= 0; change--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(7)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = Arrays.copyOf(bytes, 1 + at);
                case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
                case 4 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) 0xff);
                case 5 -> bytes = without(bytes, at, 1 + random.nextInt(8));
                default -> bytes = twice(bytes, at, 1 + random.nextInt(32));
            }
        }
        return bytes;
    }

    private static byte[] without(byte[] bytes, int at, int count) {
        int end = Math.min(bytes.length, at + count);
        byte[] shorter = Arrays.copyOf(bytes, Math.max(1, bytes.length - (end - at)));
        System.arraycopy(bytes, end, shorter, at, Math.min(bytes.length - end, shorter.length - at));
        return shorter;
    }

    private static byte[] twice(byte[] bytes, int at, int count) {
        int length = Math.min(count, bytes.length - at);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
        System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
        return longer;
    }

    /** What this thread has allocated so far, in bytes. */
    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
                ? threads.getCurrentThreadAllocatedBytes()
                : 0;
    }
}
