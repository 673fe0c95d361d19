package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.Cost;
import dev.triptych.CostClass;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScorersTest {

    private static final byte[] PICTURE = TestPictures.png(8, 8, Color.RED);

    @Test
    void readsLatencyCostAndBytesFromTheRecord() {
        Sample sample =
                sample(CostClass.BILLED, new Cost(new BigDecimal("0.04"), "USD", "list"), Duration.ofMillis(1500));

        assertThat(score("latency", sample)).hasValue(1.5);
        assertThat(score("cost", sample)).hasValue(0.04);
        assertThat(score("bytes", sample)).hasValue(PICTURE.length);
    }

    @Test
    void knowsNoLatencyOfACachedPicture() {
        assertThat(score("latency", sample(CostClass.FREE, null, null))).isEmpty();
    }

    @Test
    void takesFreeForZeroAndAnUntoldCostForUnknown() {
        assertThat(score("cost", sample(CostClass.FREE, null, Duration.ZERO))).hasValue(0);
        assertThat(score("cost", sample(CostClass.BILLED, null, Duration.ZERO))).isEmpty();
    }

    @Test
    void measuresThePromptMatchOfAModelAndClosesIt() {
        List<String> asked = new ArrayList<>();
        TextImageSimilarity model = new TextImageSimilarity() {
            @Override
            public String model() {
                return "tiny";
            }

            @Override
            public double cosine(String prompt, BufferedImage picture) {
                asked.add(prompt + " " + picture.getWidth());
                return 0.25;
            }

            @Override
            public void close() {
                asked.add("closed");
            }
        };

        try (Scorers scorers = Scorers.standard().with(model)) {
            Scorer last = scorers.single().get(scorers.single().size() - 1);
            assertThat(last.measure().id()).isEqualTo("clip");
            assertThat(last.score(sample(CostClass.FREE, null, null))).hasValue(0.25);
        }
        assertThat(asked).containsExactly("a fox 8", "closed");
    }

    @Test
    void refusesAPictureThatIsTooLargeToDecode() {
        byte[] bomb = PICTURE.clone();
        bomb[16] = 0x00;
        bomb[17] = 0x01;
        bomb[20] = 0x00;
        bomb[21] = 0x01;
        Sample sample = Samples.of(bomb, CostClass.FREE, null, null);

        assertThatThrownBy(() -> new Sharpness().score(sample))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("picture must take at most \\d+ MiB to decode but its header says 65544x65544,"
                        + " which takes 32777 MiB; scale it down");
    }

    /** Grey 100 and 200, which ImageIO's own way to sRGB makes 168 and 227. */
    @ParameterizedTest
    @ValueSource(strings = {"mask_L.png", "mask_L16.png", "mask.jpg", "mask_P.png", "mask_RGBA.png"})
    void seesGreyAsItIsStored(String name) throws IOException {
        try (InputStream file = ScorersTest.class.getResourceAsStream("/pictures/" + name)) {
            Sample sample = Samples.of(Objects.requireNonNull(file).readAllBytes(), CostClass.FREE, null, null);

            Luminance luminance = Luminance.of(sample.pixels());

            assertThat(luminance.at(0, 0)).isCloseTo(100, within(1e-9));
            assertThat(luminance.at(127, 95)).isCloseTo(200, within(1e-9));
        }
    }

    private static Sample sample(CostClass costClass, @Nullable Cost cost, @Nullable Duration latency) {
        return Samples.of(PICTURE, costClass, cost, latency);
    }

    private static OptionalDouble score(String id, Sample sample) {
        return Scorers.standard().single().stream()
                .filter(scorer -> scorer.measure().id().equals(id))
                .findFirst()
                .orElseThrow()
                .score(sample);
    }
}
