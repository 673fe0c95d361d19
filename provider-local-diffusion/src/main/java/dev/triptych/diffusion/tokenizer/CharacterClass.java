package dev.triptych.diffusion.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the tokenizer sees in a character. The table is Unicode 14.0's on every JDK, the version of the Python that made
 * the reference values: a prompt must not give another picture on a newer Java, which knows more characters.
 */
enum CharacterClass {
    /** Categories Cc, Cf, Cs, Co and Cn, and U+FFFD. */
    DROPPED,
    /** Categories Zs, Zl and Zp, tab, line feed and carriage return. */
    SPACE,
    /** Categories Lu, Ll, Lt, Lm and Lo. */
    LETTER,
    /** Categories Nd, Nl and No. */
    NUMBER,
    /** Marks, punctuation and symbols. */
    OTHER;

    /** The class of a code point. */
    static CharacterClass of(int character) {
        int found = Arrays.binarySearch(Table.INSTANCE.starts, character);
        return Table.INSTANCE.classes[found >= 0 ? found : -found - 2];
    }

    /** The lower case of a code point where that is a single one. */
    static int toLowerCase(int character) {
        return character < 128
                ? Character.toLowerCase(character)
                : Table.INSTANCE.lowerCases.getOrDefault(character, Character.toLowerCase(character));
    }

    /**
     * The resource: a line {@code 41 L} says that this class begins at U+0041 and lasts to the next line's start;
     * {@code 2c2f lower 2c5f} gives a lower case that JDK 17 does not know.
     */
    private static final class Table {

        private static final String RESOURCE = "unicode-14.0.txt";
        private static final Table INSTANCE = new Table();

        private final int[] starts;
        private final CharacterClass[] classes;
        private final Map<Integer, Integer> lowerCases = new HashMap<>();

        private Table() {
            List<String> lines =
                    read().lines().filter(line -> !line.startsWith("#")).toList();
            List<Integer> begins = new ArrayList<>(lines.size());
            List<CharacterClass> kinds = new ArrayList<>(lines.size());
            for (String line : lines) {
                int space = line.indexOf(' ');
                int character = Integer.parseInt(line, 0, space, 16);
                if (line.startsWith("lower ", space + 1)) {
                    lowerCases.put(character, Integer.parseInt(line, space + 7, line.length(), 16));
                } else {
                    begins.add(character);
                    kinds.add(classOf(line.charAt(space + 1)));
                }
            }
            starts = begins.stream().mapToInt(Integer::intValue).toArray();
            classes = kinds.toArray(CharacterClass[]::new);
        }

        private static CharacterClass classOf(char initial) {
            return switch (initial) {
                case 'D' -> DROPPED;
                case 'S' -> SPACE;
                case 'L' -> LETTER;
                case 'N' -> NUMBER;
                case 'O' -> OTHER;
                default -> throw new IllegalStateException(RESOURCE + " has an unknown class " + initial);
            };
        }

        private static String read() {
            try (InputStream resource = CharacterClass.class.getResourceAsStream(RESOURCE)) {
                return new String(Objects.requireNonNull(resource, RESOURCE).readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(RESOURCE, e);
            }
        }
    }
}
