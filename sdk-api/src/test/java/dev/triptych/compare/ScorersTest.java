package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cost;
import dev.triptych.CostClass;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

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
                .hasMessage("picture must have at most 67108864 pixels but its header says 65544x65544");
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
