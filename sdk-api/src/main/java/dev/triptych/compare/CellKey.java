package dev.triptych.compare;

import dev.triptych.ImageRequest;
import dev.triptych.RequestJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a cell is an answer to. It does not depend on the row, so lines may be added to a prompts file and moved about
 * before a comparison is resumed.
 *
 * @param request SHA-256 of the request's canonical JSON
 * @param occurrence how many equal requests stand above it
 * @param generator the generator's name
 */
record CellKey(String request, int occurrence, String generator) {

    /** The request part of the keys of {@code requests}, for any generator. */
    static List<CellKey> of(List<ImageRequest> requests) {
        Map<String, Integer> seen = new HashMap<>();
        List<CellKey> keys = new ArrayList<>();
        for (ImageRequest request : requests) {
            String hash = RequestJson.sha256(request);
            int occurrence = seen.merge(hash, 1, Integer::sum) - 1;
            keys.add(new CellKey(hash, occurrence, ""));
        }
        return keys;
    }

    CellKey with(String generatorName) {
        return new CellKey(request, occurrence, generatorName);
    }

    /** A file name without an extension that no other cell has. */
    String fileStem() {
        String safe = generator.matches("[A-Za-z0-9._-]{1,64}")
                ? generator
                : generator.replaceAll("[^A-Za-z0-9._-]", "_") + "-" + Integer.toHexString(generator.hashCode());
        return request.substring(0, 12) + "-" + (occurrence + 1) + "-" + safe;
    }
}
