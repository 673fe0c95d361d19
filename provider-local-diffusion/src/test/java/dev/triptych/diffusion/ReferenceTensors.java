package dev.triptych.diffusion;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Tensors of the reference's full set, each with pictures or texts along its first axis; tests are skipped without. */
public final class ReferenceTensors {

    private final Weights tensors;

    private ReferenceTensors(Weights tensors) {
        this.tensors = tensors;
    }

    /** The file or folder of the full set; where that is not on this machine, the test is skipped. */
    public static Path path(String name) {
        Path path = Path.of(System.getProperty("triptych.reference", "no-such-place"), "golden")
                .resolve(name);
        assumeTrue(Files.exists(path), "the reference values are not on this machine");
        return path;
    }

    /** The tensors of a file of the full set. */
    public static ReferenceTensors open(String file) {
        return at(path(file));
    }

    /** The tensors of a file anywhere. */
    public static ReferenceTensors at(Path path) {
        return new ReferenceTensors(Weights.open(List.of(path), path.toString()));
    }

    /** Whether there is such a tensor. */
    public boolean has(String name) {
        return tensors.has(name);
    }

    /** The shape of a tensor. */
    public List<Long> shape(String name) {
        return tensor(name).dims();
    }

    /** All values of a tensor of floats. */
    public float[] floats(String name) {
        return tensor(name).values();
    }

    /** Those of one picture or text. */
    public float[] floats(String name, int index) {
        float[] all = floats(name);
        int each = all.length / Math.toIntExact(shape(name).get(0));
        return Arrays.copyOfRange(all, index * each, (index + 1) * each);
    }

    /** One picture or text by itself, [1, …]. */
    public Tensor tensor(String name, int index) {
        long[] shape = shape(name).stream().mapToLong(Long::longValue).toArray();
        shape[0] = 1;
        return new Tensor(shape, floats(name, index));
    }

    /** The ids of one text. */
    public int[] ids(String name, int index) {
        FileWeight weight = (FileWeight) tensor(name);
        int each = Math.toIntExact(weight.elements() / weight.dims().get(0));
        try (FileChannel channel = FileChannel.open(weight.file())) {
            ByteBuffer bytes = ByteBuffer.allocate(4 * each).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(bytes, weight.offset() + 4L * each * index);
            int[] ids = new int[each];
            bytes.flip().asIntBuffer().get(ids);
            return ids;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of a tensor of bytes. */
    public byte[] bytes(String name) throws IOException {
        FileWeight weight = (FileWeight) tensor(name);
        try (FileChannel channel = FileChannel.open(weight.file())) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(weight.elements()));
            channel.read(bytes, weight.offset());
            return bytes.array();
        }
    }

    /** The largest difference between one picture's values and {@code found}, as a part of the largest value. */
    public double error(String name, int index, float[] found) {
        float[] wanted = floats(name, index);
        if (wanted.length != found.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 0;
        double error = 0;
        for (int i = 0; i < wanted.length; i++) {
            largest = Math.max(largest, Math.abs(wanted[i]));
            double difference = Math.abs(wanted[i] - found[i]);
            error = Math.max(error, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
        return error / largest;
    }

    private Weight tensor(String name) {
        return tensors.tensor(name).orElseThrow();
    }
}
