package dev.triptych.compare;

import dev.triptych.CacheStatus;
import dev.triptych.Capabilities;
import dev.triptych.Cost;
import dev.triptych.CostClass;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageHeader;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Samples for scorers. */
final class Samples {

    private Samples() {}

    static Sample plain(int width, int height, Color color) {
        return of(TestPictures.plain(width, height, color));
    }

    /** A PNG that no compression makes small, the same each time. */
    static byte[] noise(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(1);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        return ImageDecoder.encodePng(image);
    }

    static Sample of(BufferedImage image) {
        return of(ImageDecoder.encodePng(image), CostClass.FREE, null, Duration.ofSeconds(2));
    }

    static Sample of(byte[] bytes, CostClass costClass, @Nullable Cost cost, @Nullable Duration latency) {
        Column column = new Column(
                new GeneratorInfo("studio", "drawn", "tiny", "", true),
                Capabilities.builder().costClass(costClass).build(),
                ModelFacts.unknown());
        ImageHeader header = ImageHeader.read(bytes);
        CellPicture picture = new CellPicture(
                "pictures/one.png", header, bytes.length, "0".repeat(64), OptionalLong.empty(), Optional.empty());
        CellMaking making = new CellMaking(
                "{}", List.of(), Optional.ofNullable(latency), 1, CacheStatus.BYPASS, Optional.ofNullable(cost));
        return new Sample(ImageRequest.of("a fox"), column, picture, making, bytes);
    }
}
