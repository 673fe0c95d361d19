package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the keys of a GGUF file. Values are Long, Double, Boolean, String, or a list of these. */
final class GgufKeys {

    /** Stands for a value that is not kept: a long list or text. */
    static final Object PASSED_OVER = new Object();

    private static final int MAX_KEY = 1 << 16;
    private static final int MAX_TEXT = 1 << 20;
    private static final int MAX_LIST = 64;
    private static final int MAX_DEPTH = 4;

    /** The numbers of the types that are read in another way than a number. */
    private static final int BOOL = 7;

    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /** Bytes of a value by its type; 0 where that depends on the value. */
    private static final int[] BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    private final Path file;
    private final BinaryInput in;

    GgufKeys(Path file, BinaryInput in) {
        this.file = file;
        this.in = in;
    }

    /** The next {@code count} keys with their values. */
    Map<String, Object> read(long count) {
        Map<String, Object> keys = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            String key = name(file, in);
            if (keys.put(key, value(key, type(key), 0)) != null) {
                throw bad(key, "must be there once but is there twice");
            }
        }
        return keys;
    }

    /** The name of a key or a tensor. */
    static String name(Path file, BinaryInput in) {
        long length = in.longInteger();
        if (length < 0 || length > MAX_KEY) {
            throw new ModelLoadException(file + ": a name must have at most " + MAX_KEY + " bytes but has "
                    + Long.toUnsignedString(length) + " at byte " + (in.position() - 8));
        }
        return in.text(length);
    }

    private int type(String key) {
        long type = in.unsignedInteger();
        if (type >= BYTES.length) {
            throw bad(key, "must be of a type from 0 to " + (BYTES.length - 1) + " but is of type " + type);
        }
        return (int) type;
    }

    private Object value(String key, int type, int depth) {
        return switch (type) {
            case 0 -> (long) in.unsignedByte();
            case 1 -> (long) (byte) in.unsignedByte();
            case 2 -> (long) in.unsignedShort();
            case 3 -> (long) (short) in.unsignedShort();
            case 4 -> in.unsignedInteger();
            case 5 -> (long) in.integer();
            case 6 -> (double) Float.intBitsToFloat(in.integer());
            case BOOL -> in.unsignedByte() != 0;
            case STRING -> text();
            case ARRAY -> list(key, depth + 1);
            case 12 -> Double.longBitsToDouble(in.longInteger());
            default -> in.longInteger();
        };
    }

    private Object text() {
        long length = in.longInteger();
        in.require(length);
        if (length <= MAX_TEXT) {
            return in.text(length);
        }
        in.skip(length);
        return PASSED_OVER;
    }

    private Object list(String key, int depth) {
        if (depth > MAX_DEPTH) {
            throw bad(key, "must have lists at most " + MAX_DEPTH + " deep but has deeper ones");
        }
        int type = type(key);
        long count = in.longInteger();
        int least = type == STRING ? 8 : type == ARRAY ? 12 : BYTES[type];
        if (count < 0 || count > in.remaining() / least) {
            throw bad(
                    key,
                    "must have at most " + in.remaining() / least + " elements in a file of this size but has "
                            + Long.toUnsignedString(count));
        }
        if (count > MAX_LIST && BYTES[type] > 0) {
            in.skip(count * BYTES[type]);
            return PASSED_OVER;
        }
        List<Object> list = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            Object element = value(key, type, depth);
            if (count <= MAX_LIST) {
                list.add(element == PASSED_OVER ? "…" : element);
            }
        }
        return count <= MAX_LIST ? list : PASSED_OVER;
    }

    private ModelLoadException bad(String key, String message) {
        return new ModelLoadException(file + ": key " + key + " " + message);
    }
}
