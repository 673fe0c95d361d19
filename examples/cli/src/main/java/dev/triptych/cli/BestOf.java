package dev.triptych.cli;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ModelLoadException;
import dev.triptych.compare.PromptMatch;
import dev.triptych.compare.TextImageSimilarity;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option to make several pictures and to keep the one that shows the prompt best. */
final class BestOf {

    @Option(
            names = "--best-of",
            paramLabel = "N",
            description =
                    "Make N pictures, each with the next seed, and write the one that shows the prompt best, as CLIP"
                            + " measures it. All N are paid for.")
    private @Nullable Integer pictures;

    BestOf() {}

    /**
     * The choice, with its model open; one that keeps everything if the option was not given. Before anything is paid
     * for, it says what stands in the way.
     *
     * @throws CommandFailure if there is no model to choose with
     */
    Choice open() {
        return pictures == null ? new Choice(Optional.empty()) : new Choice(Optional.of(installed()));
    }

    /** Whether the best of several pictures is wanted. */
    boolean isWanted() {
        return pictures != null;
    }

    private static TextImageSimilarity installed() {
        return TextImageSimilarity.installed()
                .orElseThrow(
                        () -> new CommandFailure(
                                "--best-of needs a CLIP model but none is installed; TRIPTYCH_CLIP may name the folder of one"));
    }

    /**
     * The request for as many pictures as there are to choose from.
     *
     * @throws IllegalArgumentException if more than one picture is wanted, or too few to choose from are made
     */
    ImageRequest widened(ImageRequest request) {
        if (pictures == null) {
            return request;
        }
        if (pictures < 2) {
            throw new IllegalArgumentException("--best-of must be at least 2 but was " + pictures);
        }
        if (request.count() != 1) {
            throw new IllegalArgumentException(
                    "--count must be left out with --best-of, which writes one picture, but was " + request.count());
        }
        return request.toBuilder().count(pictures).build();
    }

    /** Keeps the best picture, if that was asked for. */
    record Choice(Optional<TextImageSimilarity> model) implements AutoCloseable {

        /**
         * The result with the best picture and a remark which it is. If the pictures cannot be compared, all are kept:
         * they are paid for.
         */
        ImageResult best(String prompt, ImageResult result) {
            return model.map(similarity -> best(prompt, result, similarity)).orElse(result);
        }

        private static ImageResult best(String prompt, ImageResult result, TextImageSimilarity similarity) {
            int made = result.images().size();
            try {
                PromptMatch best =
                        PromptMatch.ranked(prompt, result.images(), similarity).get(0);
                OptionalLong seed = best.image().seed();
                String which = seed.isPresent() ? "the one with seed " + seed.getAsLong() : "one";
                return result.withImages(List.of(best.image()))
                        .withMoreWarnings(List.of(GenerationWarning.notice(
                                "best-of",
                                String.format(
                                        Locale.ROOT,
                                        "of %d pictures, %s shows the prompt best (CLIP %s: cosine %.3f)",
                                        made,
                                        which,
                                        similarity.model(),
                                        best.cosine()))));
            } catch (IllegalArgumentException | ModelLoadException e) {
                return result.withMoreWarnings(List.of(GenerationWarning.ignored(
                        "best-of",
                        "all " + made + " pictures are kept, as they cannot be compared: " + e.getMessage())));
            }
        }

        @Override
        public void close() {
            model.ifPresent(TextImageSimilarity::close);
        }
    }
}
