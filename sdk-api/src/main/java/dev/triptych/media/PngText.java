package dev.triptych.media;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The text a PNG carries beside its pixels, read and written on the encoded bytes: no pixel is decoded or changed (PNG,
 * third edition, section 11.3.3).
 *
 * <p>Text that is Latin-1 is written as {@code tEXt}, other text as uncompressed {@code iTXt}, before the first
 * {@code IDAT}; compressed chunks ({@code zTXt}, {@code iTXt}) are read too. Every checksum is checked. A picture that
 * carries {@linkplain ContentCredentials content credentials} is never written to: it would read as tampered with.
 */
public final class PngText {

    /** The most text one picture may carry, in bytes after decompression: 16 MiB. */
    public static final int MAX_TEXT_BYTES = 16 << 20;

    private PngText() {}

    /**
     * {@code png} with {@code text} by keyword, in the given order. Text that was there under the same keyword is
     * replaced, everything else is kept as it is. One that carries content credentials comes back as it is.
     *
     * @throws IllegalArgumentException if {@code png} is malformed, or a keyword or a text is not one that PNG allows
     */
    public static byte[] with(byte[] png, Map<String, String> text) {
        return write(png, text, false);
    }

    /**
     * {@code png} with {@code text} by keyword, always as UTF-8 in {@code iTXt} chunks, as XMP demands.
     *
     * @throws IllegalArgumentException as {@link #with(byte[], Map)} does
     */
    public static byte[] withUtf8(byte[] png, Map<String, String> text) {
        return write(png, text, true);
    }

    /**
     * The text of {@code png} by keyword, in the file's order; of two chunks with one keyword the later counts.
     *
     * @throws IllegalArgumentException if {@code png} is malformed or holds more than {@link #MAX_TEXT_BYTES} of text
     */
    public static Map<String, String> read(byte[] png) {
        Map<String, String> text = new LinkedHashMap<>();
        int left = MAX_TEXT_BYTES;
        for (PngChunk chunk : PngChunk.all(png)) {
            if (isText(chunk)) {
                Entry entry = entry(chunk, left);
                left -= entry.length;
                text.remove(entry.keyword);
                text.put(entry.keyword, entry.text);
            }
        }
        return Collections.unmodifiableMap(text);
    }

    private record Entry(String keyword, String text, int length) {}

    private static byte[] write(byte[] png, Map<String, String> text, boolean utf8) {
        List<PngChunk> kept = new ArrayList<>();
        List<PngChunk> all = PngChunk.all(png);
        if (ContentCredentials.areIn(png)) {
            return png;
        }
        for (PngChunk chunk : all) {
            if (!isText(chunk) || !text.containsKey(keyword(chunk))) {
                kept.add(chunk);
            }
        }
        List<PngChunk> added = new ArrayList<>();
        text.forEach((keyword, value) -> added.add(encode(keyword, value, utf8)));
        kept.addAll(firstData(kept), added);
        return PngChunk.join(kept);
    }

    private static int firstData(List<PngChunk> chunks) {
        for (int i = 0; i < chunks.size(); i++) {
            if (chunks.get(i).type().equals("IDAT")) {
                return i;
            }
        }
        throw new IllegalArgumentException("PNG must have an IDAT chunk but has none");
    }

    private static PngChunk encode(String keyword, String text, boolean utf8) {
        checkKeyword(keyword);
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("PNG text of " + keyword + " must not hold a NUL character but does");
        }
        boolean latin1 = !utf8 && StandardCharsets.ISO_8859_1.newEncoder().canEncode(text);
        byte[] body = text.getBytes(latin1 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        if (body.length > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException(
                    "PNG text of " + keyword + " must be at most " + MAX_TEXT_BYTES + " bytes but was " + body.length);
        }
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(keyword.getBytes(StandardCharsets.ISO_8859_1));
        // iTXt: NUL, compression flag 0, method 0, no language, no translated keyword.
        data.writeBytes(new byte[latin1 ? 1 : 5]);
        data.writeBytes(body);
        return PngChunk.of(latin1 ? "tEXt" : "iTXt", data.toByteArray());
    }

    /** A keyword is 1 to 79 printable Latin-1 characters, single spaces only inside. */
    private static void checkKeyword(String keyword) {
        boolean printable = keyword.chars().allMatch(c -> (c >= 0x20 && c <= 0x7e) || (c >= 0xa1 && c <= 0xff));
        if (keyword.isEmpty()
                || keyword.length() > 79
                || !printable
                || keyword.contains("  ")
                || !keyword.strip().equals(keyword)) {
            throw new IllegalArgumentException(
                    "PNG keyword must be 1 to 79 printable Latin-1 characters but was \"" + keyword + "\"");
        }
    }

    private static boolean isText(PngChunk chunk) {
        return chunk.type().equals("tEXt")
                || chunk.type().equals("zTXt")
                || chunk.type().equals("iTXt");
    }

    private static String keyword(PngChunk chunk) {
        byte[] data = chunk.data();
        return new String(data, 0, nul(chunk, data, 0), StandardCharsets.ISO_8859_1);
    }

    private static Entry entry(PngChunk chunk, int left) {
        byte[] data = chunk.data();
        int end = nul(chunk, data, 0);
        String keyword = new String(data, 0, end, StandardCharsets.ISO_8859_1);
        return switch (chunk.type()) {
            case "tEXt" -> entry(keyword, data, end + 1, false, left, StandardCharsets.ISO_8859_1);
            case "zTXt" -> {
                int method = byteAt(chunk, data, end + 1);
                checkMethod(keyword, method);
                yield entry(keyword, data, end + 2, true, left, StandardCharsets.ISO_8859_1);
            }
            default -> {
                boolean compressed = byteAt(chunk, data, end + 1) == 1;
                if (compressed) {
                    checkMethod(keyword, byteAt(chunk, data, end + 2));
                }
                int language = nul(chunk, data, end + 3);
                int translated = nul(chunk, data, language + 1);
                yield entry(keyword, data, translated + 1, compressed, left, StandardCharsets.UTF_8);
            }
        };
    }

    private static Entry entry(String keyword, byte[] data, int from, boolean compressed, int left, Charset charset) {
        byte[] body = Arrays.copyOfRange(data, from, data.length);
        byte[] plain = compressed ? inflate(keyword, body, left) : body;
        if (plain.length > left) {
            throw tooLong();
        }
        return new Entry(keyword, new String(plain, charset), plain.length);
    }

    private static byte[] inflate(String keyword, byte[] body, int left) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(body);
            ByteArrayOutputStream plain = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                if (count == 0) {
                    throw new IllegalArgumentException("PNG text of " + keyword + " ends within its compressed data");
                }
                plain.write(buffer, 0, count);
                if (plain.size() > left) {
                    throw tooLong();
                }
            }
            return plain.toByteArray();
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("PNG text of " + keyword + " cannot be decompressed", e);
        } finally {
            inflater.end();
        }
    }

    private static IllegalArgumentException tooLong() {
        return new IllegalArgumentException("PNG text must be at most " + MAX_TEXT_BYTES + " bytes but is more");
    }

    private static void checkMethod(String keyword, int method) {
        if (method != 0) {
            throw new IllegalArgumentException(
                    "PNG text of " + keyword + " must be compressed by method 0 but was by " + method);
        }
    }

    private static int nul(PngChunk chunk, byte[] data, int from) {
        for (int i = from; i < data.length; i++) {
            if (data[i] == 0) {
                return i;
            }
        }
        throw new IllegalArgumentException("PNG chunk " + chunk.type() + " must hold a NUL after its keyword but ends");
    }

    private static int byteAt(PngChunk chunk, byte[] data, int at) {
        if (at >= data.length) {
            throw new IllegalArgumentException("PNG chunk " + chunk.type() + " ends within its header");
        }
        return data[at];
    }
}
