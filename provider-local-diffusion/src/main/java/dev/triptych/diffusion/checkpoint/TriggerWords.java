package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The words that a LoRA was trained on, from what its trainer wrote into its metadata. */
final class TriggerWords {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST = 12;

    private TriggerWords() {}

    /**
     * The phrase that the author names, else the most frequent tags of kohya's trainer; {@code ""} if there are none.
     */
    static String of(Map<String, String> metadata) {
        String phrase = metadata.getOrDefault("modelspec.trigger_phrase", "");
        return phrase.isEmpty() ? tags(metadata.getOrDefault("ss_tag_frequency", "{}")) : phrase;
    }

    private static String tags(String frequency) {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (JsonNode dataset : json(frequency)) {
            dataset.properties()
                    .forEach(tag ->
                            counts.merge(tag.getKey().strip(), tag.getValue().asLong(), Long::sum));
        }
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(MOST)
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
    }

    /** What a trainer wrote wrongly has no words. */
    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }
}
