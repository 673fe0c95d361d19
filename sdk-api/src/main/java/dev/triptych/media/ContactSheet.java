package dev.triptych.media;

import java.awt.Color;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Pictures in rows, each with a caption below it, as one PNG. Immutable; needs no screen. Without a font on the machine
 * there are no captions, see {@link #captionTrouble()}.
 *
 * <pre>{@code
 * byte[] png = new ContactSheet(List.of(new ContactSheet.Entry(fox, "a red fox"), new ContactSheet.Entry(owl, "an owl")))
 *         .toPng(2, 256);
 * }</pre>
 *
 * @param entries the pictures in order, at least one
 */
public record ContactSheet(List<Entry> entries) {

    private static final int MARGIN = 12;
    private static final int FONT_SIZE = CaptionFont.SIZE;
    private static final int CAPTION_LINES = 2;
    private static final Color PAPER = new Color(0xfafafa);
    private static final Color INK = new Color(0x222222);

    /** @throws IllegalArgumentException if there is no picture */
    public ContactSheet {
        entries = List.copyOf(entries);
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("contact sheet must have at least one picture but had none");
        }
    }

    /** Why sheets have no captions on this machine, such as that it has no fonts; empty if they have. */
    public static Optional<String> captionTrouble() {
        return CaptionFont.trouble();
    }

    /** A picture and what stands below it. Immutable. */
    public static final class Entry {
        private final BufferedImage picture;
        private final String caption;

        /**
         * The encoded {@code picture} with {@code caption}; {@code ""} = none.
         *
         * @throws IllegalArgumentException if {@code picture} cannot be decoded
         */
        public Entry(byte[] picture, String caption) {
            this.picture = ImageDecoder.decode(picture);
            this.caption = caption.strip().replaceAll("\\s+", " ");
        }
    }

    /**
     * The sheet as a PNG.
     *
     * @param columns pictures in a row
     * @param cell the longer edge of a shown picture in pixels; larger ones are made smaller, none larger
     * @throws IllegalArgumentException if a parameter is less than 1 or the sheet would be too large
     */
    public byte[] toPng(int columns, int cell) {
        return toPng(columns, cell, captionTrouble().isEmpty());
    }

    byte[] toPng(int columns, int cell, boolean canWrite) {
        if (columns < 1 || cell < 1) {
            throw new IllegalArgumentException("contact sheet must have at least 1 column and cells of 1 pixel but had "
                    + columns + " columns of " + cell + " pixels");
        }
        boolean captions = canWrite && entries.stream().anyMatch(entry -> !entry.caption.isEmpty());
        List<BufferedImage> cells = new ArrayList<>();
        int height = entries.stream()
                .mapToInt(entry -> shown(entry.picture, cell).height())
                .max()
                .orElse(cell);
        for (Entry entry : entries) {
            cells.add(drawCell(entry, new Box(cell, height), captions));
        }
        BufferedImage sheet = ImageGrid.compose(cells, columns, 0, PAPER);
        return ImageDecoder.encodePng(sheet);
    }

    /** Width and height in pixels of something drawn. */
    private record Box(int width, int height) {}

    /** How large {@code picture} is shown. */
    private static Box shown(BufferedImage picture, int cell) {
        double scale = Math.min(1, (double) cell / Math.max(picture.getWidth(), picture.getHeight()));
        return new Box((int) Math.max(1, Math.round(picture.getWidth() * scale)), (int)
                Math.max(1, Math.round(picture.getHeight() * scale)));
    }

    private static BufferedImage drawCell(Entry entry, Box cell, boolean captions) {
        int captionHeight = captions ? CAPTION_LINES * (FONT_SIZE + 5) : 0;
        BufferedImage image = new BufferedImage(
                Math.addExact(cell.width, 2 * MARGIN),
                Math.addExact(cell.height, 2 * MARGIN + captionHeight),
                BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(PAPER);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        drawPicture(graphics, entry.picture, cell);
        if (captions && !entry.caption.isEmpty()) {
            drawCaption(graphics, entry.caption, cell);
        }
        graphics.dispose();
        return image;
    }

    private static void drawPicture(Graphics2D graphics, BufferedImage picture, Box cell) {
        Box shown = shown(picture, cell.width);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(
                halved(picture, shown),
                MARGIN + (cell.width - shown.width) / 2,
                MARGIN + (cell.height - shown.height) / 2,
                shown.width,
                shown.height,
                null);
    }

    /**
     * {@code picture} halved until it is less than twice as large as wanted; a step averages, so no pixel is skipped.
     */
    private static BufferedImage halved(BufferedImage picture, Box shown) {
        BufferedImage image = picture;
        while (image.getWidth() >= 2 * shown.width && image.getHeight() >= 2 * shown.height) {
            BufferedImage half =
                    new BufferedImage(image.getWidth() / 2, image.getHeight() / 2, BufferedImage.TYPE_INT_ARGB);
            Graphics2D graphics = half.createGraphics();
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(image, 0, 0, half.getWidth(), half.getHeight(), null);
            graphics.dispose();
            image = half;
        }
        return image;
    }

    private static void drawCaption(Graphics2D graphics, String caption, Box cell) {
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setFont(CaptionFont.font());
        graphics.setColor(INK);
        FontMetrics metrics = graphics.getFontMetrics();
        int y = 2 * MARGIN + cell.height + metrics.getAscent() - MARGIN / 2;
        for (String line : wrap(caption, metrics, cell.width)) {
            graphics.drawString(line, MARGIN + (cell.width - metrics.stringWidth(line)) / 2, y);
            y += FONT_SIZE + 4;
        }
    }

    /** The caption in at most two lines; what does not fit is cut with an ellipsis. */
    private static List<String> wrap(String caption, FontMetrics metrics, int width) {
        List<String> lines = new ArrayList<>();
        String rest = caption;
        while (!rest.isEmpty() && lines.size() < CAPTION_LINES) {
            boolean last = lines.size() == CAPTION_LINES - 1;
            if (metrics.stringWidth(rest) <= width) {
                lines.add(rest);
                return lines;
            }
            int fits = fitting(rest, metrics, width, last ? "…" : "");
            int space = rest.lastIndexOf(' ', fits);
            int end = last || space < 1 ? fits : space;
            lines.add(rest.substring(0, end) + (last ? "…" : ""));
            rest = rest.substring(end).strip();
        }
        return lines;
    }

    private static int fitting(String text, FontMetrics metrics, int width, String end) {
        int count = text.length();
        while (count > 1 && metrics.stringWidth(text.substring(0, count) + end) > width) {
            count = text.offsetByCodePoints(count, -1);
        }
        return count;
    }
}
