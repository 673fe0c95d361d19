package dev.triptych.diffusion;

import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a checkpoint's text encoder is given for a text: its token ids, padded. Immutable, thread-safe.
 *
 * <pre>{@code
 * PromptTokens tokens = PromptTokens.of(Path.of("stable-diffusion-v1-5"));
 * int[] ids = tokens.ids("a photo of a cat"); // 49406, 320, 1125, 539, 320, 2368, 49407, 49407, ... 77 in all
 * }</pre>
 */
public final class PromptTokens {

    private final ClipTokenizer tokenizer;

    private PromptTokens(ClipTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The tokens of the bundled checkpoint. */
    public static PromptTokens bundled() {
        return of(BundledCheckpoint.directory());
    }

    /**
     * The tokens of the checkpoint in {@code folder}, or of the tokenizer in it.
     *
     * @throws dev.triptych.ModelLoadException if a file is missing or damaged
     */
    public static PromptTokens of(Path folder) {
        Path inside = folder.resolve("tokenizer");
        return new PromptTokens(ClipTokenizer.load(Files.isDirectory(inside) ? inside : folder));
    }

    /** The ids of {@code text} as the text encoder reads them: start token, text, end token, padding. */
    public int[] ids(String text) {
        return tokenizer.tokenize(text).tokenIds();
    }

    /** What the token {@code id} is written as. */
    public String token(int id) {
        return tokenizer.token(id);
    }
}
