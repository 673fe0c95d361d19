package dev.triptych.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One box of JUMBF: length, type, content (ISO 19566-5; the boxes are those of ISO 14496-12). A superbox {@code jumb}
 * begins with its description, which names it by a label; the others are its children.
 *
 * @param type four characters, such as {@code "cbor"}
 * @param label the superbox's name, such as {@code "c2pa.claim"}; {@code ""} for any other box
 * @param children what a superbox holds
 * @param content what any other box holds
 */
record JumbfBox(String type, String label, List<JumbfBox> children, ByteBuffer content) {

    private static final String SUPERBOX = "jumb";
    private static final String DESCRIPTION = "jumd";

    /** Length and type. */
    private static final int HEADER = 8;

    /** The description's type of content, a UUID; behind it one byte of toggles. */
    private static final int UUID_BYTES = 16;

    /** A manifest of manifests of manifests is no manifest. */
    private static final int DEEPEST = 16;

    private static final int MOST_BOXES = 10_000;

    /** Copies the list. */
    JumbfBox {
        children = List.copyOf(children);
    }

    /**
     * The boxes of {@code bytes}, one after the other.
     *
     * @throws IllegalArgumentException if a box is longer than what it lies in, or there are too many
     */
    static List<JumbfBox> all(ByteBuffer bytes) {
        return all(bytes.slice(), 0, new int[] {MOST_BOXES});
    }

    private static List<JumbfBox> all(ByteBuffer bytes, int depth, int[] left) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("JUMBF boxes must lie at most " + DEEPEST + " deep but lie deeper");
        }
        List<JumbfBox> boxes = new ArrayList<>();
        while (bytes.remaining() >= HEADER) {
            if (left[0]-- == 0) {
                throw new IllegalArgumentException("JUMBF must have at most " + MOST_BOXES + " boxes but has more");
            }
            int start = bytes.position();
            long length = bytes.getInt() & 0xffff_ffffL;
            byte[] type = new byte[4];
            bytes.get(type);
            if (length == 1 && bytes.remaining() >= 8) {
                length = bytes.getLong();
            } else if (length == 0) {
                length = (long) bytes.limit() - start; // the last box, up to the end
            }
            int header = bytes.position() - start;
            if (length < header || length > bytes.limit() - start) {
                throw new IllegalArgumentException("JUMBF box at byte " + start + " must end within " + bytes.limit()
                        + " bytes but is " + length + " long");
            }
            ByteBuffer content = bytes.slice(start + header, (int) length - header);
            boxes.add(box(new String(type, StandardCharsets.ISO_8859_1), content, depth, left));
            bytes.position(start + (int) length);
        }
        return boxes;
    }

    private static JumbfBox box(String type, ByteBuffer content, int depth, int[] left) {
        if (!type.equals(SUPERBOX)) {
            return new JumbfBox(type, "", List.of(), content);
        }
        List<JumbfBox> inside = all(content.slice(), depth + 1, left);
        if (inside.isEmpty() || !inside.get(0).type.equals(DESCRIPTION)) {
            return new JumbfBox(type, "", inside, content);
        }
        return new JumbfBox(type, label(inside.get(0).content), inside.subList(1, inside.size()), content);
    }

    /** The label ends with a 0; without one the box has none. */
    private static String label(ByteBuffer description) {
        StringBuilder label = new StringBuilder();
        for (int at = UUID_BYTES + 1; at < description.limit(); at++) {
            byte each = description.get(at);
            if (each == 0) {
                return label.toString();
            }
            label.append((char) (each & 0xff));
        }
        return "";
    }

    /** The first child whose label is {@code wanted}, or {@code wanted} with a version behind it. */
    Optional<JumbfBox> child(String wanted) {
        return children.stream()
                .filter(each -> each.label.equals(wanted) || each.label.startsWith(wanted + ".v"))
                .findFirst();
    }

    /** The content of the first child of {@code wanted} type. */
    Optional<ByteBuffer> contentOf(String wanted) {
        return children.stream()
                .filter(each -> each.type.equals(wanted))
                .map(JumbfBox::content)
                .findFirst();
    }

    @Override
    public String toString() {
        return "JumbfBox[" + type + (label.isEmpty() ? "" : " " + label) + ", " + children.size() + " boxes]";
    }
}
