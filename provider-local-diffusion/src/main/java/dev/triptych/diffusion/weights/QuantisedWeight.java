package dev.triptych.diffusion.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor that a file holds in blocks of few bits with a scale each.
 *
 * @param name the name in the file
 * @param blocks how its blocks are laid out
 * @param dims the shape, row-major; the last axis is a multiple of the block's length
 * @param file the file
 * @param offset where the first block is, from the start of the file
 */
public record QuantisedWeight(String name, BlockFormat blocks, List<Long> dims, Path file, long offset)
        implements Weight {

    /** Copies the shape, and checks that blocks fill its rows. */
    public QuantisedWeight {
        dims = List.copyOf(dims);
        if (dims.isEmpty() || dims.get(dims.size() - 1) % blocks.elements() != 0) {
            throw new IllegalArgumentException("the last axis of a tensor in blocks of " + blocks
                    + " must be a multiple of " + blocks.elements() + " but tensor " + name + " has " + dims);
        }
    }

    /** Its size in the file in bytes. */
    public long length() {
        return elements() / blocks.elements() * blocks.bytes();
    }

    @Override
    public String source() {
        return file.toString();
    }

    @Override
    public String identity() {
        return file + "@" + offset + ":" + dims;
    }

    @Override
    public float[] values() {
        ByteBuffer bytes = SafetensorsFile.read(file, name, offset, Math.toIntExact(length()));
        float[] values = new float[Math.toIntExact(elements())];
        for (int at = 0; at < values.length; at += blocks.elements()) {
            blocks.decode(bytes, values, at);
        }
        return values;
    }
}
