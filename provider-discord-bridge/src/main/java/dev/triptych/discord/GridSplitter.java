package dev.triptych.discord;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Cuts a grid of two by two into its four pictures. */
final class GridSplitter {

    private GridSplitter() {}

    /**
     * The tiles of {@code grid} as PNG: upper left, upper right, lower left, lower right. The halves are those of the
     * picture as it is; where an edge is odd, its middle line belongs to no tile.
     *
     * @throws IOException if {@code grid} cannot be decoded or is less than two pixels wide or high
     */
    static List<byte[]> split(byte[] grid) throws IOException {
        BufferedImage whole = ImageIO.read(new ByteArrayInputStream(grid));
        if (whole == null) {
            throw new IOException("grid must be of a format that this Java runtime reads, such as PNG, but was not");
        }
        int width = whole.getWidth() / 2;
        int height = whole.getHeight() / 2;
        if (width < 1 || height < 1) {
            throw new IOException(
                    "grid must be at least 2x2 but was " + whole.getWidth() + "x" + whole.getHeight());
        }
        int right = whole.getWidth() - width;
        int lower = whole.getHeight() - height;
        List<byte[]> tiles = new ArrayList<>();
        for (int[] corner : new int[][] {{0, 0}, {right, 0}, {0, lower}, {right, lower}}) {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(whole.getSubimage(corner[0], corner[1], width, height), "png", png);
            tiles.add(png.toByteArray());
        }
        return tiles;
    }
}
