package dev.triptych.diffusion.prompt;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The 256 visible characters in which vocabularies spell bytes. Printable characters of Latin-1 stand for themselves,
 * the others follow in order from U+0100 (GPT-2's {@code bytes_to_unicode}).
 */
final class ByteAlphabet {

    private static final int FIRST_SUBSTITUTE = 0x100;

    private static final char[] CHARACTER_OF_BYTE = new char[256];
    private static final int[] BYTE_OF_CHARACTER = new int[FIRST_SUBSTITUTE + 256];

    static {
        Arrays.fill(BYTE_OF_CHARACTER, -1);
        int substitute = FIRST_SUBSTITUTE;
        for (int value = 0; value < 256; value++) {
            char character = (char) (isPrintable(value) ? value : substitute++);
            CHARACTER_OF_BYTE[value] = character;
            BYTE_OF_CHARACTER[character] = value;
        }
    }

    private ByteAlphabet() {}

    private static boolean isPrintable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xa1 && value <= 0xff && value != 0xad);
    }

    /** All of them, in the order of CLIP's vocabulary: first those that stand for themselves. */
    static List<String> characters() {
        List<String> characters = new ArrayList<>();
        for (int character = 0; character < BYTE_OF_CHARACTER.length; character++) {
            if (BYTE_OF_CHARACTER[character] >= 0) {
                characters.add(Character.toString(character));
            }
        }
        return characters;
    }

    /** The UTF-8 bytes of {@code text}, one character for each. */
    static String encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder spelt = new StringBuilder(bytes.length);
        for (byte value : bytes) {
            spelt.append(CHARACTER_OF_BYTE[value & 0xff]);
        }
        return spelt.toString();
    }

    /** The text that {@code spelt} stands for; a character of no byte stands for itself, broken UTF-8 for U+FFFD. */
    static String decode(String spelt) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(spelt.length());
        spelt.codePoints().forEach(character -> {
            int value = character < BYTE_OF_CHARACTER.length ? BYTE_OF_CHARACTER[character] : -1;
            if (value >= 0) {
                bytes.write(value);
            } else {
                bytes.writeBytes(Character.toString(character).getBytes(StandardCharsets.UTF_8));
            }
        });
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
