package dev.triptych.diffusion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.engine.MemoryPlan.Need;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryPlanTest {

    private static final long MB = 1_000_000;

    /** 600 + (3000 + 400) + (300 + 1000) wide; 300, 1700 + 400 and 200 + 1000 narrow; and 315 MB for the process. */
    private static final List<List<Need>> PHASES = List.of(
            List.of(need("text encoder", 600, 300, 0, true)),
            List.of(need("U-Net", 3000, 1700, 400, true)),
            List.of(need("VAE decoder", 300, 200, 1000, false)));

    private static Need need(String key, long wide, long narrow, long activations, boolean keeps) {
        return new Need(key, wide * MB, narrow * MB, activations * MB, keeps);
    }

    private static MemoryPlan choose(String setting, Optional<Boolean> direct, long available) {
        return MemoryPlan.choose(setting, direct, PHASES, available * MB);
    }

    @ParameterizedTest
    @CsvSource({
        "auto, 5615, KEPT, 5614", // 315 + 600 + 3400 + 300 + 1000
        "auto, 5600, RELEASED, 3714", // 315 + 3400
        "auto, 3700, NARROW, 2414", // 315 + 2100
        "low, 9000, NARROW, 2414",
        "high, 1, KEPT, 5614"
    })
    void theFastestThatFitsIsChosen(String setting, long available, Residence residence, long needed) {
        MemoryPlan plan = choose(setting, Optional.empty(), available);

        assertThat(plan.residence()).isEqualTo(residence);
        assertThat(plan.needed() / MB).isEqualTo(needed);
    }

    @Test
    void directConvolutionsAreThoseOfNarrowWeights() {
        assertThat(choose("auto", Optional.of(true), 9000).residence()).isEqualTo(Residence.NARROW);
        assertThat(choose("high", Optional.of(true), 9000).residence()).isEqualTo(Residence.NARROW);
    }

    @Test
    void convolutionsByWinogradNeedWideWeights() {
        assertThat(choose("auto", Optional.of(false), 9000).residence()).isEqualTo(Residence.KEPT);
        assertThat(choose("low", Optional.of(false), 9000).residence()).isEqualTo(Residence.RELEASED);
        assertThatThrownBy(() -> choose("auto", Optional.of(false), 3000))
                .isInstanceOf(UnsupportedRequestException.class);
    }

    @Test
    void aNetworkOfTwoPhasesIsThereOnce() {
        List<List<Need>> twice = List.of(PHASES.get(1), PHASES.get(1));

        assertThat(MemoryPlan.choose("high", Optional.empty(), twice, 0).needed() / MB)
                .isEqualTo(3714);
    }

    @Test
    void whatFitsInNoWayIsRefused() {
        assertThatThrownBy(() -> choose("auto", Optional.empty(), 2400))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(
                        "this picture must have 2.4 GB of memory but 2.4 GB are free: a smaller picture, a file with"
                                + " quantised weights (GGUF), a smaller part (--component), or other programs closed would do;"
                                + " --memory high tries it all the same");
    }

    @Test
    void oneLineSaysThePlan() {
        assertThat(choose("auto", Optional.empty(), 3700).describe())
                .isEqualTo("networks go when they have done their part, and weights are widened one by one: 2.4 GB are"
                        + " needed, 3.7 GB are free");
    }
}
