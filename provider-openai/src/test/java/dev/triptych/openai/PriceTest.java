package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cost;
import dev.triptych.Usage;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceTest {

    private static Usage usage(long text, long image, long output) {
        return new Usage(OptionalLong.of(text), OptionalLong.of(image), OptionalLong.of(output));
    }

    private static Optional<Cost> cost(String model, Usage usage) {
        return ModelTable.profileOf(model)
                .price()
                .flatMap(price -> price.of(Optional.of(usage), 1, "", "OpenAI's price list"));
    }

    /** A million tokens of each kind in turn: the table itself. */
    @ParameterizedTest
    @CsvSource({
        "gpt-image-1, 1000000, 0, 0, 5",
        "gpt-image-1, 0, 1000000, 0, 10",
        "gpt-image-1, 0, 0, 1000000, 40",
        "gpt-image-2, 1000000, 0, 0, 5",
        "gpt-image-2, 0, 1000000, 0, 8",
        "gpt-image-2-2026-04-21, 0, 0, 1000000, 30",
        "gpt-image-2.6-sunburst, 100, 323, 1056, 0.034764"
    })
    void multipliesTokensByTheirPrice(String model, long text, long image, long output, String dollars) {
        assertThat(cost(model, usage(text, image, output))).hasValueSatisfying(cost -> {
            assertThat(cost.amount()).isEqualByComparingTo(dollars);
            assertThat(cost.currency()).isEqualTo("USD");
        });
    }

    @Test
    void knowsNoPriceOfAModelThatIsNotListed() {
        assertThat(cost("gpt-image-9", usage(1, 1, 1))).isEmpty();
        assertThat(cost("dall-e-3", usage(1, 1, 1))).isEmpty();
    }

    @Test
    void knowsNoCostWithoutACountOfTheOutput() {
        Usage usage = new Usage(OptionalLong.of(1), OptionalLong.empty(), OptionalLong.empty());

        assertThat(cost("gpt-image-2", usage)).isEmpty();
    }
}
