package dev.triptych.media;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Puts pictures into rows and columns, and takes such a grid apart again. */
public final class ImageGrid {

    /** 64 Mi pixels are 256 MiB. */
    private static final long MOST_PIXELS = 64L << 20;

    private ImageGrid() {}

    /**
     * The pictures side by side without a gap, {@code columns} in a row, from the top left. Every cell is as large as
     * the largest picture; a smaller one stands in its middle, on black.
     *
     * @throws IllegalArgumentException if there is no picture or no column
     */
    public static BufferedImage compose(List<BufferedImage> pictures, int columns) {
        return compose(pictures, columns, 0, Color.BLACK);
    }

    /**
     * The pictures in rows of {@code columns}, {@code gap} pixels apart and on {@code background}.
     *
     * @throws IllegalArgumentException if there is no picture or no column, or the gap is negative
     */
    public static BufferedImage compose(List<BufferedImage> pictures, int columns, int gap, Color background) {
        if (pictures.isEmpty() || columns < 1 || gap < 0) {
            throw new IllegalArgumentException("grid needs a picture, a column and a gap of at least 0 but had "
                    + pictures.size() + " pictures, " + columns + " columns and a gap of " + gap);
        }
        int shown = Math.min(columns, pictures.size());
        int rows = (pictures.size() + shown - 1) / shown;
        int width = pictures.stream().mapToInt(BufferedImage::getWidth).max().getAsInt();
        int height = pictures.stream().mapToInt(BufferedImage::getHeight).max().getAsInt();
        BufferedImage grid = canvas(edge(shown, width, gap), edge(rows, height, gap), pictures);
        Graphics2D graphics = grid.createGraphics();
        graphics.setColor(background);
        graphics.fillRect(0, 0, grid.getWidth(), grid.getHeight());
        for (int i = 0; i < pictures.size(); i++) {
            BufferedImage picture = pictures.get(i);
            int x = (i % shown) * (width + gap) + (width - picture.getWidth()) / 2;
            int y = (i / shown) * (height + gap) + (height - picture.getHeight()) / 2;
            graphics.drawImage(picture, x, y, null);
        }
        graphics.dispose();
        return grid;
    }

    private static int edge(int cells, int size, int gap) {
        return Math.toIntExact((long) cells * size + (long) (cells - 1) * gap);
    }

    private static BufferedImage canvas(int width, int height, List<BufferedImage> pictures) {
        if ((long) width * height > MOST_PIXELS) {
            throw new IllegalArgumentException(
                    "grid must have at most " + MOST_PIXELS + " pixels but would have " + width + "x" + height);
        }
        boolean alpha =
                pictures.stream().anyMatch(picture -> picture.getColorModel().hasAlpha());
        return new BufferedImage(width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    }

    /**
     * The tiles of {@code grid}, row by row. Where an edge does not divide evenly the tiles share it out: no pixel is
     * lost, and two tiles differ by one pixel at most.
     *
     * @throws IllegalArgumentException if there are more rows or columns than pixels, or less than one
     */
    public static List<BufferedImage> split(BufferedImage grid, int rows, int columns) {
        if (rows < 1 || columns < 1 || rows > grid.getHeight() || columns > grid.getWidth()) {
            throw new IllegalArgumentException("grid of " + grid.getWidth() + "x" + grid.getHeight()
                    + " pixels must be split into at least 1 and at most as many rows and columns but was into " + rows
                    + " rows and " + columns + " columns");
        }
        List<BufferedImage> tiles = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                tiles.add(tile(grid, row, rows, column, columns));
            }
        }
        return tiles;
    }

    private static BufferedImage tile(BufferedImage grid, int row, int rows, int column, int columns) {
        int left = cut(grid.getWidth(), column, columns);
        int top = cut(grid.getHeight(), row, rows);
        BufferedImage part = grid.getSubimage(
                left,
                top,
                cut(grid.getWidth(), column + 1, columns) - left,
                cut(grid.getHeight(), row + 1, rows) - top);
        return copy(part, canvas(part.getWidth(), part.getHeight(), List.of(grid)));
    }

    private static BufferedImage copy(BufferedImage from, BufferedImage to) {
        int[] row = new int[from.getWidth()];
        for (int y = 0; y < from.getHeight(); y++) {
            from.getRGB(0, y, row.length, 1, row, 0, row.length);
            to.setRGB(0, y, row.length, 1, row, 0, row.length);
        }
        return to;
    }

    private static int cut(int edge, int index, int parts) {
        return (int) ((long) edge * index / parts);
    }

    /** {@link #split(BufferedImage, int, int)} of an encoded picture, into PNGs. */
    public static List<byte[]> split(byte[] grid, int rows, int columns) {
        return split(ImageDecoder.decode(grid), rows, columns).stream()
                .map(ImageDecoder::encodePng)
                .toList();
    }
}
