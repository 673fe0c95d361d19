package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SizeRuleTest {

    private static final SizeRule HOSTED =
            SizeRule.oneOf(ImageSize.square(1024), new ImageSize(1536, 1024), new ImageSize(1024, 1536));
    private static final SizeRule LOCAL = SizeRule.multiplesOf(8, 64, 2048, ImageSize.square(512));
    private static final SizeRule BOUNDED =
            new SizeRule(List.of(), 16, 16, 3840, 655_360, 8_294_400, 3, ImageSize.square(1024));

    @Test
    void takesTheSizeAsItIsWhereItCan() {
        assertThat(LOCAL.nearest(new ImageSize(768, 512))).isEqualTo(new ImageSize(768, 512));
        assertThat(HOSTED.nearest(new ImageSize(1536, 1024))).isEqualTo(new ImageSize(1536, 1024));
        assertThat(SizeRule.any(ImageSize.square(1)).nearest(new ImageSize(7, 100_000)))
                .isEqualTo(new ImageSize(7, 100_000));
    }

    @Test
    void takesTheNearestShapeAndThenTheNearestArea() {
        assertThat(HOSTED.nearest(new ImageSize(1920, 1080))).isEqualTo(new ImageSize(1536, 1024));
        assertThat(HOSTED.nearest(ImageSize.square(512))).isEqualTo(ImageSize.square(1024));
        assertThat(LOCAL.nearest(new ImageSize(500, 500))).isEqualTo(new ImageSize(504, 504));
        assertThat(LOCAL.nearest(new ImageSize(4096, 2048))).isEqualTo(new ImageSize(2048, 1024));
        assertThat(LOCAL.nearest(new ImageSize(32, 16))).isEqualTo(new ImageSize(128, 64));
        assertThat(LOCAL.nearest(new ImageSize(100_000, 1))).isEqualTo(new ImageSize(2048, 64));
        assertThat(BOUNDED.nearest(ImageSize.square(256))).isEqualTo(ImageSize.square(816));
        assertThat(BOUNDED.nearest(new ImageSize(4000, 1000))).isEqualTo(new ImageSize(3456, 1152));
    }

    @Test
    void findsASizeForAShape() {
        assertThat(HOSTED.forRatio(new AspectRatio(16, 9))).isEqualTo(new ImageSize(1536, 1024));
        assertThat(LOCAL.forRatio(new AspectRatio(1, 1))).isEqualTo(ImageSize.square(512));
        assertThat(LOCAL.forRatio(new AspectRatio(2, 1)).width())
                .isEqualTo(2 * LOCAL.forRatio(new AspectRatio(2, 1)).height());
    }

    @Test
    void describesWhatThereIs() {
        assertThat(HOSTED.describe()).isEqualTo("1024x1024 or 1536x1024 or 1024x1536");
        assertThat(LOCAL.describe()).isEqualTo("edges that are multiples of 8 from 64 to 2048");
        assertThat(BOUNDED.describe())
                .isEqualTo("edges that are multiples of 16 from 16 to 3840, 655360 to 8294400 pixels, at most 3:1");
    }

    @Property(seed = "7", tries = 2000)
    void givesASizeItAccepts(
            @ForAll @IntRange(min = 1, max = 10_000) int width, @ForAll @IntRange(min = 1, max = 10_000) int height) {
        ImageSize wanted = new ImageSize(width, height);

        assertThat(HOSTED.accepts(HOSTED.nearest(wanted))).isTrue();
        assertThat(LOCAL.accepts(LOCAL.nearest(wanted))).isTrue();
        assertThat(BOUNDED.accepts(BOUNDED.nearest(wanted))).isTrue();
    }

    @Property(seed = "8", tries = 2000)
    void staysNearTheShapeThatWasWanted(
            @ForAll @IntRange(min = 300, max = 6000) int width, @ForAll @IntRange(min = 300, max = 6000) int height) {
        double wanted = Math.max(1 / 3.0, Math.min(3, (double) width / height));

        ImageSize taken = BOUNDED.nearest(new ImageSize(width, height));

        assertThat((double) taken.width() / taken.height() / wanted).isBetween(0.96, 1.04);
    }

    @Property(seed = "9", tries = 500)
    void givesTheSameForTheTurnedSize(
            @ForAll @IntRange(min = 1, max = 4000) int width, @ForAll @IntRange(min = 1, max = 4000) int height) {
        ImageSize upright = LOCAL.nearest(new ImageSize(width, height));
        ImageSize turned = LOCAL.nearest(new ImageSize(height, width));

        assertThat(turned.pixels()).isEqualTo(upright.pixels());
    }

    @Test
    void movesEachEdgeToItsNearestMultiple() {
        SizeRule rule = SizeRule.multiplesOf(8, 8, 2048, ImageSize.square(512));

        assertThat(rule.nearest(new ImageSize(512, 500))).isEqualTo(new ImageSize(512, 504));
        assertThat(rule.nearest(new ImageSize(1003, 333))).isEqualTo(new ImageSize(1000, 336));
    }
}
