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
 * @param file the file
 * @param word how prompts spell it, in any case; empty = as the file says, and the file's name without its ending
 */
public record TextualInversion(Path file, Optional<String> word) {

    /** Checks the word. */
    public TextualInversion {
        if (word.filter(String::isBlank).isPresent()) {
            throw new IllegalArgumentException("word must not be blank but was");
        }
    }
}
