package dev.triptych.openai;

import dev.triptych.Cost;
import dev.triptych.Usage;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;

/**
 * OpenAI's prices in US dollars for a million tokens, as of {@value #DATE}. A model that is not listed has no known
 * price.
 *
 * <p>Sources: OpenAI's model pages of gpt-image-1 and gpt-image-2.6-sunburst; two resellers' lists agree on
 * gpt-image-2.
 */
final class PriceTable {

    /** The day on which the sources were read. */
    static final String DATE = "2026-11-22";

    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

    /** Dollars for a million tokens of prompt, of input pictures and of output. */
    private record Price(BigDecimal text, BigDecimal image, BigDecimal output) {
        static Price of(String text, String image, String output) {
            return new Price(new BigDecimal(text), new BigDecimal(image), new BigDecimal(output));
        }
    }

    private static final Map<String, Price> PRICES = Map.of(
            "gpt-image-1", Price.of("5", "10", "40"),
            "gpt-image-2", Price.of("5", "8", "30"),
            "gpt-image-2.6-sunburst", Price.of("5", "8", "30"));

    private PriceTable() {}

    /** What {@code usage} of the model with this profile costs, where both are known: Σ tokens × price ÷ 10⁶. */
    static Optional<Cost> costOf(ModelProfile model, Usage usage) {
        Price price = PRICES.get(model.id());
        if (price == null || usage.outputTokens().isEmpty()) {
            return Optional.empty();
        }
        BigDecimal sum = tokens(usage.inputTextTokens().orElse(0))
                .multiply(price.text)
                .add(tokens(usage.inputImageTokens().orElse(0)).multiply(price.image))
                .add(tokens(usage.outputTokens().getAsLong()).multiply(price.output));
        return Optional.of(new Cost(sum.divide(MILLION).stripTrailingZeros(), "USD", "OpenAI's price list of " + DATE));
    }

    private static BigDecimal tokens(long count) {
        return BigDecimal.valueOf(count);
    }
}
