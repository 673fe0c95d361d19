package dev.triptych.compare;

import dev.triptych.media.ContactSheet;
import dev.triptych.media.ImageDecoder;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The comparison as one PNG to look at: rows are requests, columns are generators, a missing picture is an empty frame.
 */
public final class ComparisonSheet {

    private static final int CELL = 256;

    private ComparisonSheet() {}

    /**
     * Writes the sheet of {@code comparison} to {@code file}.
     *
     * @throws IllegalArgumentException if the sheet would be too large
     * @throws IOException if a picture cannot be read or the sheet not be written
     */
    public static void write(Comparison comparison, Path file) throws IOException {
        List<ContactSheet.Entry> entries = new ArrayList<>();
        for (Cell cell : comparison.cells()) {
            entries.add(entry(comparison, cell));
        }
        Files.write(file, new ContactSheet(entries).toPng(comparison.columns().size(), CELL));
    }

    private static ContactSheet.Entry entry(Comparison comparison, Cell cell) throws IOException {
        String prompt = comparison.requests().get(cell.row()).prompt();
        if (cell.picture().isEmpty()) {
            String kind = cell.reason().map(reason -> words(reason.kind())).orElse("missing");
            return new ContactSheet.Entry(emptyFrame(), cell.generator() + ": " + kind);
        }
        byte[] bytes = Files.readAllBytes(
                comparison.folder().resolve(cell.picture().get().file()));
        String caption = cell.generator() + ": " + prompt;
        try {
            // Small before they are collected: a hundred whole pictures would fill the memory.
            return new ContactSheet.Entry(
                    ImageDecoder.encodePng(ReportPicture.onWhite(ImageDecoder.decode(bytes), CELL)), caption);
        } catch (IllegalArgumentException e) {
            return new ContactSheet.Entry(emptyFrame(), cell.generator() + ": not shown, " + e.getMessage());
        }
    }

    private static String words(CellReason.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A light square with a diagonal: nothing a generator would make by itself. */
    private static byte[] emptyFrame() {
        BufferedImage frame = new BufferedImage(CELL, CELL, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = frame.createGraphics();
        try {
            graphics.setColor(new Color(0xf2f0ec));
            graphics.fillRect(0, 0, CELL, CELL);
            graphics.setColor(new Color(0xb8b2a8));
            graphics.setStroke(new BasicStroke(2));
            graphics.drawRect(1, 1, CELL - 3, CELL - 3);
            graphics.drawLine(0, CELL, CELL, 0);
        } finally {
            graphics.dispose();
        }
        return ImageDecoder.encodePng(frame);
    }
}
