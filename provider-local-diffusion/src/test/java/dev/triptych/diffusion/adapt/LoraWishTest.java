package dev.triptych.diffusion.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How requests ask for LoRAs. */
class LoraWishTest {

    private static final OptionalDouble NONE = OptionalDouble.empty();

    @Test
    void readsNamesWithNoneOneOrTwoStrengths() {
        assertThat(LoraWish.parse("pixel, ink wash:0.8 ,old-photo:-1:0.5,x:1e-1"))
                .containsExactly(
                        new LoraWish("pixel", NONE, NONE),
                        new LoraWish("ink wash", OptionalDouble.of(0.8), NONE),
                        new LoraWish("old-photo", OptionalDouble.of(-1), OptionalDouble.of(0.5)),
                        new LoraWish("x", OptionalDouble.of(0.1), NONE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a,a:2|must name each LoRA once but names a twice",
                "a,,b|must be NAME, NAME:STRENGTH or NAME:STRENGTH:TEXT but was \"\"",
                "a:1000|a strength must be between -100.0 and 100.0 but was 1000.0",
                "a:1.2.3|a strength must be a number but was \"1.2.3\""
            })
    void refusesWhatCannotBeRead(String text, String message) {
        assertThatThrownBy(() -> LoraWish.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
