package dev.triptych.diffusion.family;

import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.prompt.TextChunk;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A prompt as a family read it, tokenised once: everything its encoder needs. Immutable.
 *
 * @param positive what to show: one part, or several together
 * @param negative what to steer away from; empty where one pass is made
 * @param clipSkip layers of the text encoders left out at their end, for the positive side
 * @param embeddedGuidance the guidance scale, where a distilled network takes it as an input
 * @param pictures pictures that say what to show, beside the text or in its place
 */
public record PromptPlan(
        List<Part> positive,
        Optional<Timeline<Side>> negative,
        int clipSkip,
        OptionalDouble embeddedGuidance,
        List<Pixels> pictures) {

    /** Copies the lists. */
    public PromptPlan {
        positive = List.copyOf(positive);
        pictures = List.copyOf(pictures);
    }

    /** A plan without pictures. */
    public PromptPlan(
            List<Part> positive, Optional<Timeline<Side>> negative, int clipSkip, OptionalDouble embeddedGuidance) {
        this(positive, negative, clipSkip, embeddedGuidance, List.of());
    }

    /** The same with pictures. */
    PromptPlan withPictures(List<Pixels> given) {
        return new PromptPlan(positive, negative, clipSkip, embeddedGuidance, given);
    }

    /**
     * One of the texts that are shown together.
     *
     * @param weight its share in guidance; 1 = as it is
     * @param text what it says at each evaluation
     */
    public record Part(double weight, Timeline<Side> text) {}

    /**
     * One side at one time.
     *
     * @param texts for each text encoder, in their order, its chunks; all sides of a plan have as many
     * @param numbers what is told beside the text, such as the picture's size
     * @param zeros whether embeddings of zeros stand for the first chunk
     */
    public record Side(List<List<TextChunk>> texts, List<Float> numbers, boolean zeros) {

        /** Copies the lists. */
        public Side {
            texts = texts.stream().map(List::copyOf).toList();
            numbers = List.copyOf(numbers);
        }

        /** How many chunks the longest text has. */
        int chunks() {
            return texts.stream().mapToInt(List::size).max().orElse(0);
        }
    }

    /** The same with {@code change} made of each side. */
    PromptPlan map(UnaryOperator<Side> change) {
        List<Part> changed = positive.stream()
                .map(part -> new Part(part.weight(), part.text().map(change)))
                .toList();
        return new PromptPlan(changed, negative.map(side -> side.map(change)), clipSkip, embeddedGuidance, pictures);
    }

    /** All sides at any time. */
    Stream<Side> sides() {
        return Stream.concat(positive.stream().map(Part::text), negative.stream())
                .flatMap(timeline -> timeline.values().stream());
    }

    /** How many tokens the denoiser is told. */
    int tokens() {
        return sides().findFirst().orElseThrow().texts().get(0).stream()
                .mapToInt(TextChunk::length)
                .sum();
    }
}
