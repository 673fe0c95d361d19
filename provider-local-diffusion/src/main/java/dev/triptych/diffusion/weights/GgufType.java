package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The type of a tensor in a GGUF file: a plain one, or one in blocks. Exactly one of the two is there. Numbers are
 * those of {@code enum ggml_type} in ggml.h.
 */
record GgufType(@Nullable Dtype plain, @Nullable BlockFormat blocks) {

    private static final Map<Long, GgufType> READ = read();

    /** Types that exist and are not read. */
    private static final Map<Long, String> REFUSED = Map.ofEntries(
            Map.entry(4L, "Q4_2"),
            Map.entry(5L, "Q4_3"),
            Map.entry(9L, "Q8_1"),
            Map.entry(15L, "Q8_K"),
            Map.entry(16L, "IQ2_XXS"),
            Map.entry(17L, "IQ2_XS"),
            Map.entry(18L, "IQ3_XXS"),
            Map.entry(19L, "IQ1_S"),
            Map.entry(21L, "IQ3_S"),
            Map.entry(22L, "IQ2_S"),
            Map.entry(29L, "IQ1_M"),
            Map.entry(34L, "TQ1_0"),
            Map.entry(35L, "TQ2_0"),
            Map.entry(39L, "MXFP4"),
            Map.entry(40L, "NVFP4"),
            Map.entry(41L, "Q1_0"));

    private static Map<Long, GgufType> read() {
        Map<Long, GgufType> types = new HashMap<>();
        Map.of(0L, Dtype.F32, 1L, Dtype.F16, 24L, Dtype.I8, 25L, Dtype.I16, 26L, Dtype.I32, 27L, Dtype.I64)
                .forEach((number, dtype) -> types.put(number, new GgufType(dtype, null)));
        types.put(28L, new GgufType(Dtype.F64, null));
        types.put(30L, new GgufType(Dtype.BF16, null));
        for (BlockFormat format : BlockFormat.values()) {
            types.put((long) format.number(), new GgufType(null, format));
        }
        return Map.copyOf(types);
    }

    /**
     * The type {@code number} of the tensor {@code name}.
     *
     * @throws ModelLoadException if it is not read
     */
    static GgufType of(Path file, String name, long number) {
        GgufType type = READ.get(number);
        if (type == null) {
            throw new ModelLoadException(file + ": tensor " + name
                    + " must be F32, F16, BF16, Q8_0, Q2_K to Q6_K, Q4_0 to Q5_1, IQ4_NL or IQ4_XS but is "
                    + REFUSED.getOrDefault(number, "of type " + number));
        }
        return type;
    }

    /** Its name. */
    String name() {
        return blocks == null ? String.valueOf(plain) : blocks.name();
    }

    /** How many elements a block has; 1 for a plain type. */
    int elements() {
        return blocks == null ? 1 : blocks.elements();
    }

    /** How many bytes a block has, or an element of a plain type. */
    int bytes() {
        return blocks != null ? blocks.bytes() : plain == null ? 0 : plain.bytes();
    }

    /** A tensor of this type. */
    Weight weight(String name, List<Long> dims, Path file, long offset) {
        if (blocks != null) {
            return new QuantisedWeight(name, blocks, dims, file, offset);
        }
        if (plain == null) {
            throw new IllegalStateException("a type is plain or in blocks");
        }
        return new FileWeight(name, plain, dims, file, offset);
    }
}
