package dev.triptych.diffusion.family;

import dev.triptych.diffusion.prompt.TokenizedPrompt;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A prompt as a family read it, tokenised once: everything its encoder needs. Immutable.
 *
 * @param positive what to show
 * @param negative what to steer away from; empty where one pass is made
 * @param clipSkip layers of the text encoders left out at their end, for the positive side
 * @param embeddedGuidance the guidance scale, where a distilled network takes it as an input
 */
public record PromptPlan(Side positive, Optional<Side> negative, int clipSkip, OptionalDouble embeddedGuidance) {

    /**
     * One side.
     *
     * @param texts for each text encoder, in their order
     * @param numbers what is told beside the text, such as the picture's size
     * @param zeros whether embeddings of zeros stand for the text
     */
    public record Side(List<TokenizedPrompt> texts, List<Float> numbers, boolean zeros) {

        /** Copies the lists. */
        public Side {
            texts = List.copyOf(texts);
            numbers = List.copyOf(numbers);
        }
    }
}
