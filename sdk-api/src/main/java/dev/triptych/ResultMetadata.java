package dev.triptych;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A result without its pictures as plain values by name, for frameworks whose responses carry a map of such values.
 * What belongs to one picture is a list in the pictures' order.
 */
public final class ResultMetadata {

    /** {@code String}: the configured name of the generator that made the pictures. */
    public static final String SERVED_BY = "servedBy";

    /** {@code String}: its provider, such as {@code "local"}. */
    public static final String PROVIDER = "provider";

    /** {@code String}: its model. */
    public static final String MODEL = "model";

    /** {@code String}: our own id of the request, which logs and journals have. */
    public static final String REQUEST_ID = "requestId";

    /** {@code Integer}: calls to the provider; 0 where the cache answered. */
    public static final String ATTEMPTS = "attempts";

    /** {@code String}: {@code "HIT"}, {@code "MISS"} or {@code "BYPASS"}. */
    public static final String CACHE = "cache";

    /** {@code List<Long>}: each picture's seed; absent unless every picture has one. */
    public static final String SEEDS = "seeds";

    /** {@code BigDecimal}: what the call cost; absent where nobody knows. */
    public static final String COST = "cost";

    /** {@code String}: the ISO 4217 code of {@link #COST}. */
    public static final String CURRENCY = "currency";

    /** {@code List<String>}: differences between what was asked and what was done; absent where there are none. */
    public static final String WARNINGS = "warnings";

    /** {@code List<String>}: why pictures are missing while others came; absent where none are. */
    public static final String FAILURES = "failures";

    /**
     * {@code List<Map<String, Object>>}: what each picture's file says of its origin ({@code generator},
     * {@code provider}, {@code model}, {@code revision}, {@code seed}, {@code requestSha256}); an empty map where it
     * says nothing. It holds no prompt.
     */
    public static final String PROVENANCE = "provenance";

    private ResultMetadata() {}

    /** What is known of {@code result}, under the names above. */
    public static Map<String, Object> of(ImageResult result) {
        ExecutionRecord execution = result.execution();
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put(SERVED_BY, execution.servedBy().name());
        metadata.put(PROVIDER, execution.servedBy().provider());
        metadata.put(MODEL, execution.servedBy().model());
        metadata.put(REQUEST_ID, execution.requestId());
        metadata.put(ATTEMPTS, execution.attempts());
        metadata.put(CACHE, execution.cache().name());
        if (result.images().stream().allMatch(image -> image.seed().isPresent())) {
            metadata.put(
                    SEEDS,
                    result.images().stream()
                            .map(image -> image.seed().getAsLong())
                            .toList());
        }
        result.cost().ifPresent(cost -> {
            metadata.put(COST, cost.amount());
            metadata.put(CURRENCY, cost.currency());
        });
        putUnlessEmpty(
                metadata,
                WARNINGS,
                result.warnings().stream().map(GenerationWarning::message).toList());
        putUnlessEmpty(
                metadata,
                FAILURES,
                result.failures().stream().map(ResultMetadata::describe).toList());
        metadata.put(
                PROVENANCE,
                result.images().stream().map(ResultMetadata::provenance).toList());
        return Collections.unmodifiableMap(metadata);
    }

    private static void putUnlessEmpty(Map<String, Object> metadata, String name, List<String> texts) {
        if (!texts.isEmpty()) {
            metadata.put(name, texts);
        }
    }

    private static String describe(ImageFailure failure) {
        return "picture " + (failure.index() + 1) + ": " + failure.error().getMessage();
    }

    private static Map<String, Object> provenance(GeneratedImage image) {
        if (!image.mediaType().equals("image/png")) {
            return Map.of();
        }
        try {
            return Provenance.read(image.bytes()).map(ResultMetadata::facts).orElse(Map.of());
        } catch (IllegalArgumentException e) {
            // A picture that is here is delivered, whatever its file says of itself.
            return Map.of();
        }
    }

    private static Map<String, Object> facts(Provenance provenance) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("generator", provenance.generator());
        facts.put("provider", provenance.provider());
        facts.put("model", provenance.model());
        facts.put("revision", provenance.revision());
        provenance.seed().ifPresent(seed -> facts.put("seed", seed));
        facts.put("requestSha256", provenance.requestSha256());
        return Collections.unmodifiableMap(facts);
    }
}
