package dev.triptych.diffusion;

import dev.triptych.GeneratedImage;
import dev.triptych.ImageResult;
import java.util.List;
import java.util.Optional;

/**
 * How one picture came to be: what the networks of a real run were told, and what they answered. Immutable.
 *
 * @param result the picture, as {@link LocalDiffusionGenerator#generate} makes it, with the time of each stage; being
 *     watched makes the stages {@code load} and {@code denoise} a little longer
 * @param unguided the picture of the same seed without guidance; empty where there was none to leave out
 * @param guidanceScale the guidance scale of the picture
 * @param places how many tokens the denoiser is told; those behind the text are padding
 * @param tokens the text's, in their order, with the marks before and after it
 * @param noise what the seed gave
 * @param sigmas σ of each evaluation, descending: how strong the noise is beside the picture; infinite where there is
 *     nothing but noise
 * @param steps some of the evaluations, evenly spread, the first and the last among them
 * @param words where the denoiser looked at each word
 */
public record Explanation(
        ImageResult result,
        Optional<GeneratedImage> unguided,
        double guidanceScale,
        int places,
        List<Token> tokens,
        Noise noise,
        List<Double> sigmas,
        List<Step> steps,
        List<Word> words) {

    /** Copies the lists. */
    public Explanation {
        tokens = List.copyOf(tokens);
        sigmas = List.copyOf(sigmas);
        steps = List.copyOf(steps);
        words = List.copyOf(words);
    }

    /** The same with what the picture is without guidance. */
    Explanation withUnguided(GeneratedImage picture) {
        return new Explanation(
                result, Optional.of(picture), guidanceScale, places, tokens, noise, sigmas, steps, words);
    }

    /** Names no word: a prompt must not reach a log. */
    @Override
    public String toString() {
        return "Explanation[" + tokens.size() + " tokens, " + steps.size() + " steps]";
    }

    /**
     * A token.
     *
     * @param id its number in the vocabulary
     * @param text its letters; empty for a mark
     * @param endsWord whether the next one begins another word
     * @param isMark whether it stands for the text's beginning or end
     * @param embedding what the text encoders made of it, [hidden]
     */
    public record Token(int id, String text, boolean endsWord, boolean isMark, List<Float> embedding) {

        /** Copies the list. */
        public Token {
            embedding = List.copyOf(embedding);
        }

        /** Names no word. */
        @Override
        public String toString() {
            return "Token[]";
        }
    }

    /**
     * The noise that a picture begins with.
     *
     * @param channels of each point
     * @param height points from top to bottom
     * @param width points from left to right
     * @param picture three channels as red, green and blue, −2 to 2 as dark to bright; a pixel for each point
     */
    public record Noise(int channels, int height, int width, GeneratedImage picture) {}

    /**
     * An evaluation of the denoiser, decoded.
     *
     * @param number which, from 1
     * @param sigma how strong the noise is
     * @param there what it was shown
     * @param expected what it expects at the end
     */
    public record Step(int number, double sigma, GeneratedImage there, GeneratedImage expected) {}

    /**
     * Where the denoiser looked at a word.
     *
     * @param text the word
     * @param shares how much of each point's attention it got, 0 to 1, the mean over all evaluations, heads and layers;
     *     [height · width] in latent points, row by row
     * @param shown the picture, bright where its share is largest and dark where it is smallest
     */
    public record Word(String text, List<Float> shares, GeneratedImage shown) {

        /** Copies the list. */
        public Word {
            shares = List.copyOf(shares);
        }

        /** Names no word. */
        @Override
        public String toString() {
            return "Word[]";
        }
    }
}
