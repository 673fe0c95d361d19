package dev.triptych.diffusion.prompt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SentencePiece's precompiled map of characters ({@code nmt_nfkc} as a rule), as the tokenizers library applies it: a
 * cluster of characters that a reader sees as one, if it is short, is replaced as a whole by the entry of its first
 * bytes; else each character by its own. This is not SentencePiece's own rule, which takes the longest entry.
 * Immutable.
 *
 * <p>Reference: tokenizers 0.23, {@code normalizers/precompiled.rs}; spm_precompiled 0.1, {@code lib.rs}, from which
 * the layout of the double array is (that of Darts-clone).
 */
final class CharacterMap {

    /** Clusters of so many bytes are not looked up as a whole. */
    private static final int LONG = 6;

    private static final Pattern CLUSTER = Pattern.compile("\\X");

    private final int[] units;
    private final byte[] replacements;

    private CharacterMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /**
     * Reads the map: the length of the array in bytes, the array, and texts that end in 0.
     *
     * @throws IllegalArgumentException if it is damaged; the message goes on from "tokenizer file"
     */
    static CharacterMap decode(String base64) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must have base64 as precompiled_charsmap but has other text", e);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int length = bytes.length < 4 ? -1 : buffer.getInt();
        if (length < 4 || length % 4 != 0 || length > bytes.length - 4) {
            throw new IllegalArgumentException("must have a precompiled_charsmap that holds its array but "
                    + bytes.length + " bytes cannot hold one of " + length);
        }
        int[] units = new int[length / 4];
        buffer.asIntBuffer().get(units);
        byte[] replacements = new byte[bytes.length - 4 - length];
        System.arraycopy(bytes, 4 + length, replacements, 0, replacements.length);
        return new CharacterMap(units, replacements);
    }

    /** The text with all that the map has replaced. */
    String apply(String text) {
        StringBuilder mapped = new StringBuilder();
        Matcher clusters = CLUSTER.matcher(text);
        while (clusters.find()) {
            String cluster = clusters.group();
            Optional<String> whole = bytes(cluster).length < LONG ? replacement(cluster) : Optional.empty();
            if (whole.isPresent()) {
                mapped.append(whole.get());
            } else {
                cluster.codePoints()
                        .mapToObj(Character::toString)
                        .forEach(character ->
                                mapped.append(replacement(character).orElse(character)));
            }
        }
        return mapped.toString();
    }

    /** The entry of the first bytes of {@code text}, the shortest there is. */
    private Optional<String> replacement(String text) {
        int place = offset(units[0]);
        for (byte next : bytes(text)) {
            if (next == 0) {
                return Optional.empty();
            }
            place ^= next & 0xff;
            if (place < 0 || place >= units.length || label(units[place]) != (next & 0xff)) {
                return Optional.empty();
            }
            int unit = units[place];
            place ^= offset(unit);
            if (isLeaf(unit) && place >= 0 && place < units.length) {
                return Optional.of(textAt(units[place] & 0x7fffffff));
            }
        }
        return Optional.empty();
    }

    private String textAt(int start) {
        int end = Math.min(start, replacements.length);
        while (end < replacements.length && replacements[end] != 0) {
            end++;
        }
        int from = Math.min(start, end);
        return new String(replacements, from, end - from, StandardCharsets.UTF_8);
    }

    private static boolean isLeaf(int unit) {
        return (unit & 0x100) != 0;
    }

    private static int label(int unit) {
        return unit & 0x800000ff;
    }

    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & 0x200) >>> 6);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
