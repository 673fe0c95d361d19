package dev.triptych.diffusion;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A textual inversion among the settings of a generator: prompts have its word. Immutable.
 *
 * <pre>{@code
 * LocalSettings settings = LocalSettings.bundled()
 *         .withCheckpoint(Path.of("stable-diffusion-v1-5"))
 *         .withEmbedding("<mystyle>", Path.of("learned_embeds.safetensors"));
 * ImageRequest request =
 *         ImageRequest.builder().prompt("a castle in <mystyle> style").build();
 * }</pre>
 *
 * @param source the file; here, on the hub or at an address
 * @param word how prompts spell it, in any case; empty = as the file says, and the file's name without its ending
 */
public record TextualInversion(ModelSource source, Optional<String> word) {

    /** Checks the word. */
    public TextualInversion {
        if (word.filter(String::isBlank).isPresent()) {
            throw new IllegalArgumentException("word must not be blank but was");
        }
    }

    /** The textual inversion in {@code file}. */
    public TextualInversion(Path file, Optional<String> word) {
        this(ModelSource.of(file), word);
    }
}
