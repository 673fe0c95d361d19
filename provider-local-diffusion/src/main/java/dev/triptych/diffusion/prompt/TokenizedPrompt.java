package dev.triptych.diffusion.prompt;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A prompt as token ids. Immutable: arrays are copied in and out.
 *
 * @param tokenIds as many ids as the context has positions: start token, text, end token, padding
 * @param untruncated the ids of the whole text between start and end token, without padding; longer than
 *     {@code tokenIds} where the text does not fit
 * @param cutText the end of the text that lies beyond the context and was left out; {@code ""} = nothing was cut
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record TokenizedPrompt(int[] tokenIds, int[] untruncated, String cutText) {

    /** Copies the arrays. */
    public TokenizedPrompt {
        tokenIds = tokenIds.clone();
        untruncated = untruncated.clone();
    }

    /** A copy of the ids that the text encoder reads. */
    @Override
    public int[] tokenIds() {
        return tokenIds.clone();
    }

    /** A copy of the ids of the whole text. */
    @Override
    public int[] untruncated() {
        return untruncated.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenizedPrompt that
                && Arrays.equals(tokenIds, that.tokenIds)
                && Arrays.equals(untruncated, that.untruncated)
                && cutText.equals(that.cutText);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(tokenIds) + Arrays.hashCode(untruncated);
    }

    @Override
    public String toString() {
        return "TokenizedPrompt[" + untruncated.length + " of at most " + tokenIds.length + " ids]";
    }
}
