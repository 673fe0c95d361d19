package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Looks for NaN and infinities among weights, at the speed of memory: eight bytes at a time. A floating-point number is
 * finite unless all its exponent bits are set; adding one to the exponent then carries into the sign bit's place.
 */
final class FiniteCheck {

    private static final int BLOCK = 1 << 20;

    private FiniteCheck() {}

    /**
     * Reads all of {@code bound}, where they lie.
     *
     * @throws ModelLoadException naming the first tensor that holds a number that is not finite
     */
    static void check(Collection<? extends Weight> bound) {
        List<Weight> tensors =
                bound.stream().map(FiniteCheck::stored).distinct().toList();
        List<FileWeight> inOrder = tensors.stream()
                .filter(FileWeight.class::isInstance)
                .map(FileWeight.class::cast)
                .filter(tensor -> tensor.dtype().isFloat())
                .sorted(Comparator.comparing(FileWeight::file).thenComparingLong(FileWeight::offset))
                .toList();
        tensors.stream().filter(tensor -> !(tensor instanceof FileWeight)).forEach(FiniteCheck::checkComputed);
        int next = 0;
        while (next < inOrder.size()) {
            Path file = inOrder.get(next).file();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                for (; next < inOrder.size() && inOrder.get(next).file().equals(file); next++) {
                    check(channel, inOrder.get(next));
                }
            } catch (IOException e) {
                throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
            }
        }
    }

    /** What lies in a file and becomes {@code tensor}, if that is all there is to it. */
    private static Weight stored(Weight tensor) {
        if (tensor instanceof KernelWeight kernels) {
            return stored(kernels.base());
        }
        return tensor instanceof WidenedWeight widened ? widened.stored() : tensor;
    }

    private static void check(FileChannel channel, FileWeight tensor) throws IOException {
        long length = tensor.length();
        for (long done = 0; done < length; done += BLOCK) {
            int size = (int) Math.min(BLOCK, length - done);
            ByteBuffer block = SafetensorsFile.read(channel, tensor.offset() + done, size);
            if (!isFinite(block, tensor.dtype())) {
                throw notFinite(tensor);
            }
        }
    }

    private static void checkComputed(Weight tensor) {
        for (float value : tensor.values()) {
            if (!Float.isFinite(value)) {
                throw notFinite(tensor);
            }
        }
    }

    private static ModelLoadException notFinite(Weight tensor) {
        return new ModelLoadException(tensor.source() + ": tensor " + tensor.name()
                + " must hold finite numbers but holds NaN or an infinity");
    }

    private static boolean isFinite(ByteBuffer block, Dtype dtype) {
        long exponents = lanes(
                dtype,
                switch (dtype) {
                    case F64 -> 0x7FF0000000000000L;
                    case F32 -> 0x7F800000L;
                    case F16 -> 0x7C00L;
                    default -> 0x7F80L;
                });
        long lowestExponentBit = lanes(dtype, lowestBit(dtype));
        long carries = lanes(dtype, 1L << (8 * dtype.bytes() - 1));
        long found = 0;
        while (block.remaining() >= 8) {
            found |= (block.getLong() & exponents) + lowestExponentBit;
        }
        long rest = 0;
        for (int shift = 0; block.hasRemaining(); shift += 8) {
            rest |= (block.get() & 0xFFL) << shift;
        }
        found |= (rest & exponents) + lowestExponentBit;
        return (found & carries) == 0;
    }

    private static long lowestBit(Dtype dtype) {
        return switch (dtype) {
            case F64 -> 1L << 52;
            case F32 -> 1L << 23;
            case F16 -> 1L << 10;
            default -> 1L << 7;
        };
    }

    /** {@code pattern} repeated in each element's place of a 64-bit word. */
    private static long lanes(Dtype dtype, long pattern) {
        long word = 0;
        for (int bit = 0; bit < 64; bit += 8 * dtype.bytes()) {
            word |= pattern << bit;
        }
        return word;
    }
}
