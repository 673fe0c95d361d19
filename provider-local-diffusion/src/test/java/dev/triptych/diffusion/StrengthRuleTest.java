package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrengthRuleTest {

    @ParameterizedTest
    @CsvSource({
        "diffusers, 20, 0.75, 20, 5",
        "diffusers, 20, 1, 20, 0",
        "a1111, 20, 0.75, 20, 4",
        "a1111, 20, 1, 20, 0",
        "a1111, 20, 0.01, 20, 19",
        "a1111-exact, 20, 0.75, 26, 6",
        "a1111-exact, 20, 1, 20, 0",
        "a1111-exact, 20, 0.5, 40, 20",
    })
    void countsAStrengthInSteps(String rule, int steps, double strength, int planned, int skipped) {
        assertThat(StrengthRule.parse(rule).planned(steps, strength)).isEqualTo(planned);
        assertThat(StrengthRule.parse(rule).skipped(steps, strength)).isEqualTo(skipped);
    }

    @Test
    void refusesOtherNames() {
        assertThatThrownBy(() -> StrengthRule.parse("comfy"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be diffusers, a1111 or a1111-exact but was \"comfy\"");
    }
}
