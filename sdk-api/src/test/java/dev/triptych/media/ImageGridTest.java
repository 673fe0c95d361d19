package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ImageGridTest {

    private static final List<BufferedImage> FOUR = List.of(
            TestPictures.plain(4, 3, Color.RED),
            TestPictures.plain(4, 3, Color.GREEN),
            TestPictures.plain(4, 3, Color.BLUE),
            TestPictures.plain(4, 3, Color.WHITE));

    @Test
    void composesRowByRow() {
        BufferedImage grid = ImageGrid.compose(FOUR, 2);

        assertThat(grid.getWidth()).isEqualTo(8);
        assertThat(grid.getHeight()).isEqualTo(6);
        assertThat(new Color(grid.getRGB(0, 0))).isEqualTo(Color.RED);
        assertThat(new Color(grid.getRGB(7, 0))).isEqualTo(Color.GREEN);
        assertThat(new Color(grid.getRGB(0, 5))).isEqualTo(Color.BLUE);
        assertThat(new Color(grid.getRGB(7, 5))).isEqualTo(Color.WHITE);
    }

    @Test
    void centresASmallerPictureAndKeepsTheGap() {
        BufferedImage grid = ImageGrid.compose(
                List.of(TestPictures.plain(4, 4, Color.RED), TestPictures.plain(2, 2, Color.GREEN)), 3, 1, Color.GRAY);

        assertThat(grid.getWidth()).isEqualTo(9);
        assertThat(grid.getHeight()).isEqualTo(4);
        assertThat(new Color(grid.getRGB(4, 0))).isEqualTo(Color.GRAY);
        assertThat(new Color(grid.getRGB(5, 0))).isEqualTo(Color.GRAY);
        assertThat(new Color(grid.getRGB(6, 1))).isEqualTo(Color.GREEN);
    }

    @Test
    void takesApartWhatItComposed() {
        List<byte[]> tiles = ImageGrid.split(ImageDecoder.encodePng(ImageGrid.compose(FOUR, 2)), 2, 2);

        assertThat(tiles).hasSize(4);
        for (int i = 0; i < 4; i++) {
            assertThat(ImageDecoder.encodePng(FOUR.get(i))).isEqualTo(tiles.get(i));
        }
    }

    @Property(seed = "6", tries = 200)
    void losesNoPixelWhateverTheSize(
            @ForAll @IntRange(min = 1, max = 40) int width,
            @ForAll @IntRange(min = 1, max = 40) int height,
            @ForAll @IntRange(min = 1, max = 5) int rows,
            @ForAll @IntRange(min = 1, max = 5) int columns) {
        BufferedImage grid = TestPictures.plain(width, height, Color.PINK);
        if (rows > height || columns > width) {
            assertThatThrownBy(() -> ImageGrid.split(grid, rows, columns)).isInstanceOf(IllegalArgumentException.class);
            return;
        }

        List<BufferedImage> tiles = ImageGrid.split(grid, rows, columns);

        assertThat(tiles).hasSize(rows * columns);
        assertThat(tiles.stream()
                        .mapToInt(tile -> tile.getWidth() * tile.getHeight())
                        .sum())
                .isEqualTo(width * height);
        assertThat(tiles).allSatisfy(tile -> {
            assertThat(tile.getWidth()).isBetween(width / columns, width / columns + 1);
            assertThat(tile.getHeight()).isBetween(height / rows, height / rows + 1);
            assertThat(tile.getRGB(0, 0)).isEqualTo(Color.PINK.getRGB());
        });
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> ImageGrid.compose(List.of(), 2))
                .hasMessage("grid needs a picture, a column and a gap of at least 0 but had 0 pictures, 2 columns and a"
                        + " gap of 0");
        assertThatThrownBy(() -> ImageGrid.split(FOUR.get(0), 4, 1))
                .hasMessage("grid of 4x3 pixels must be split into at least 1 and at most as many rows and columns but"
                        + " was into 4 rows and 1 columns");
    }
}
