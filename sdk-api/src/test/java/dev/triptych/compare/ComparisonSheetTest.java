package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.media.ImageDecoder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonSheetTest {

    @TempDir
    Path folder;

    @Test
    void showsEveryCellAndAFrameForAMissingOne() throws IOException {
        Path file = folder.resolve("sheet.png");

        ComparisonSheet.write(SampleComparison.run(folder), file);

        BufferedImage sheet = ImageDecoder.decode(Files.readAllBytes(file));
        int cellWidth = sheet.getWidth() / 3;
        int cellHeight = sheet.getHeight() / 5;
        assertThat(sheet.getWidth()).isEqualTo(3 * 280);
        // A quarter in from the top left: sky in the first cell, the frame's plain ground in the refused one.
        assertThat(sheet.getRGB(cellWidth / 4, cellHeight / 4) & 0xffffff).isNotEqualTo(0xf2f0ec);
        assertThat(sheet.getRGB(cellWidth / 4, 2 * cellHeight + cellHeight / 4) & 0xffffff)
                .isEqualTo(0xf2f0ec);
    }
}
