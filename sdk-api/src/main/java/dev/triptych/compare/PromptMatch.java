package dev.triptych.compare;

import dev.triptych.GeneratedImage;
import dev.triptych.media.ImageDecoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A picture, and how well it shows its prompt: for choosing the best of several.
 *
 * <pre>{@code
 * try (TextImageSimilarity clip = TextImageSimilarity.installed().orElseThrow()) {
 *     GeneratedImage best = PromptMatch.ranked(request.prompt(), result.images(), clip).get(0).image();
 * }
 * }</pre>
 *
 * @param image the picture
 * @param cosine of the embeddings of prompt and picture, in [−1, 1]; comparable for one model alone
 */
public record PromptMatch(GeneratedImage image, double cosine) {

    /**
     * The pictures with their match, the best first; of equal ones the earlier.
     *
     * @throws IllegalArgumentException if a picture is too large, damaged or of a format that cannot be decoded here
     */
    public static List<PromptMatch> ranked(String prompt, List<GeneratedImage> images, TextImageSimilarity model) {
        List<PromptMatch> matches = new ArrayList<>();
        for (GeneratedImage image : images) {
            matches.add(new PromptMatch(image, model.cosine(prompt, ImageDecoder.decode(image.bytes()))));
        }
        matches.sort(Comparator.comparingDouble(PromptMatch::cosine).reversed());
        return List.copyOf(matches);
    }
}
