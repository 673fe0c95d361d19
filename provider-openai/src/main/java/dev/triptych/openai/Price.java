package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cost;
import dev.triptych.Usage;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a model costs in US dollars: for a million tokens of prompt, of input pictures and of output, or for a picture
 * by its resolution.
 *
 * @param text for a million tokens of prompt
 * @param image for a million tokens of input pictures
 * @param output for a million tokens of output
 * @param perImage for a picture of each resolution, or of any where the name is {@code ""}; empty = by tokens
 */
record Price(BigDecimal text, BigDecimal image, BigDecimal output, Map<String, BigDecimal> perImage) {

    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

    /** Copies the map. */
    Price {
        perImage = new LinkedHashMap<>(perImage);
    }

    /** The price that a row of the table gives; empty where it gives none. */
    static Optional<Price> of(JsonNode price) {
        if (!price.isObject()) {
            return Optional.empty();
        }
        Map<String, BigDecimal> perImage = new LinkedHashMap<>();
        JsonNode pictures = price.path("per-image");
        if (pictures.isObject()) {
            pictures.properties().forEach(each -> perImage.put(each.getKey(), amount(pictures, each.getKey())));
        } else if (price.has("per-image")) {
            perImage.put("", amount(price, "per-image"));
        }
        return Optional.of(new Price(amount(price, "text"), amount(price, "image"), amount(price, "output"), perImage));
    }

    private static BigDecimal amount(JsonNode price, String field) {
        try {
            BigDecimal amount = new BigDecimal(price.path(field).asText("0"));
            if (amount.signum() >= 0) {
                return amount;
            }
        } catch (NumberFormatException e) {
            // The same sentence says both: no number, or one below 0.
        }
        throw new IllegalArgumentException(
                "capabilities.price." + field + " must be a sum of dollars but was " + price.path(field));
    }

    /** What a call of {@code pictures} at {@code resolution} cost, where usage or a price for each picture tells. */
    Optional<Cost> of(Optional<Usage> usage, int pictures, String resolution, String source) {
        if (perImage.isEmpty()) {
            return usage.filter(used -> used.outputTokens().isPresent()).map(used -> ofTokens(used, source));
        }
        BigDecimal each = perImage.size() == 1 ? perImage.values().iterator().next() : perImage.get(resolution);
        return Optional.ofNullable(each).map(amount -> cost(amount.multiply(BigDecimal.valueOf(pictures)), source));
    }

    /** Σ tokens × price ÷ 10⁶. */
    private Cost ofTokens(Usage usage, String source) {
        return cost(
                tokens(usage.inputTextTokens().orElse(0))
                        .multiply(text)
                        .add(tokens(usage.inputImageTokens().orElse(0)).multiply(image))
                        .add(tokens(usage.outputTokens().orElse(0)).multiply(output))
                        .divide(MILLION),
                source);
    }

    private static Cost cost(BigDecimal amount, String source) {
        return new Cost(amount.stripTrailingZeros(), "USD", source);
    }

    private static BigDecimal tokens(long count) {
        return BigDecimal.valueOf(count);
    }

    /** For a person: {@code $5/$8/$30 a million tokens}, or {@code $0.04 (1k), $0.06 (2k) a picture}. */
    String describe() {
        if (perImage.isEmpty()) {
            return "$" + text.toPlainString() + "/$" + image.toPlainString() + "/$" + output.toPlainString()
                    + " a million tokens";
        }
        StringBuilder prices = new StringBuilder();
        perImage.forEach((resolution, amount) -> prices.append(prices.isEmpty() ? "$" : ", $")
                .append(amount.toPlainString())
                .append(resolution.isEmpty() ? perImage.size() > 1 ? " (usual)" : "" : " (" + resolution + ")"));
        return prices + " a picture";
    }
}
