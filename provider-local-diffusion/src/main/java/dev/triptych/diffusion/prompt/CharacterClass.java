package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the tokenizer sees in a character. The table is the reference's own on every JDK: a prompt must not give another
 * picture on a newer Java, which knows more characters.
 */
enum CharacterClass {
    /** White space. */
    SPACE,
    /** Categories Lu, Ll, Lt, Lm and Lo. */
    LETTER,
    /** Categories Nd, Nl and No. */
    NUMBER,
    /** Marks, punctuation, symbols, and whatever has no character. */
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
     * The resource: a line {@code 41 L} says that letters begin at U+0041 and last to the next line's start;
     * {@code 2c2f lower 2c5f} gives a lower case on which JDKs differ.
     */
    private static final class Table {

        private static final String RESOURCE = "characters.txt";
        private static final Table INSTANCE = new Table();

        private final int[] starts;
        private final CharacterClass[] classes;
        private final Map<Integer, Integer> lowerCases = new HashMap<>();

        private Table() {
            List<Integer> begins = new ArrayList<>();
            List<CharacterClass> kinds = new ArrayList<>();
            for (String line : Resource.lines(RESOURCE)) {
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
                case 'S' -> SPACE;
                case 'L' -> LETTER;
                case 'N' -> NUMBER;
                case 'O' -> OTHER;
                default -> throw new IllegalStateException(RESOURCE + " has an unknown class " + initial);
            };
        }
    }
}
