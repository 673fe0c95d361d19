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

    private static final int LARGEST = 256;
    private static final int SMALLEST = 48;
    private static final double SHEET_PIXELS = 4e7;

    /** What a cell needs beside its picture, about: margins and caption. */
    private static final int BESIDE = 40;

    private ComparisonSheet() {}

    /**
     * Writes the sheet of {@code comparison} to {@code file}.
     *
     * @throws IllegalArgumentException if the sheet would be too large
     * @throws IOException if a picture cannot be read or the sheet not be written
     */
    public static void write(Comparison comparison, Path file) throws IOException {
        int edge = edge(comparison.cells().size());
        List<ContactSheet.Entry> entries = new ArrayList<>();
        for (Cell cell : comparison.cells()) {
            entries.add(entry(comparison, cell, edge));
        }
        Files.write(file, new ContactSheet(entries).toPng(comparison.columns().size(), edge));
    }

    /** The longer edge of a shown picture: smaller where there are many, so that the sheet stays one that opens. */
    static int edge(int cells) {
        return (int) Math.max(SMALLEST, Math.min(LARGEST, Math.sqrt(SHEET_PIXELS / cells) - BESIDE));
    }

    private static ContactSheet.Entry entry(Comparison comparison, Cell cell, int edge) throws IOException {
        String prompt = comparison.requests().get(cell.row()).prompt();
        if (cell.picture().isEmpty()) {
            String kind = cell.reason().map(reason -> words(reason.kind())).orElse("missing");
            return new ContactSheet.Entry(emptyFrame(edge), cell.generator() + ": " + kind);
        }
        byte[] bytes = Files.readAllBytes(
                comparison.folder().resolve(cell.picture().get().file()));
        String caption = cell.generator() + ": " + prompt;
        try {
            // Small before they are collected: a hundred whole pictures would fill the memory.
            return new ContactSheet.Entry(
                    ImageDecoder.encodePng(ReportPicture.onWhite(ImageDecoder.decode(bytes), edge)), caption);
        } catch (IllegalArgumentException e) {
            return new ContactSheet.Entry(emptyFrame(edge), cell.generator() + ": not shown, " + e.getMessage());
        }
    }

    private static String words(CellReason.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A light square with a diagonal: nothing a generator would make by itself. */
    private static byte[] emptyFrame(int edge) {
        BufferedImage frame = new BufferedImage(edge, edge, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = frame.createGraphics();
        try {
            graphics.setColor(new Color(0xf2f0ec));
            graphics.fillRect(0, 0, edge, edge);
            graphics.setColor(new Color(0xb8b2a8));
            graphics.setStroke(new BasicStroke(2));
            graphics.drawRect(1, 1, edge - 3, edge - 3);
            graphics.drawLine(0, edge, edge, 0);
        } finally {
            graphics.dispose();
        }
        return ImageDecoder.encodePng(frame);
    }
}
