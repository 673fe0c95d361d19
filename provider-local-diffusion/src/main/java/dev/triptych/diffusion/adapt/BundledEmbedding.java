package dev.triptych.diffusion.adapt;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a textual inversion that OneTrainer puts into a LoRA's file: {@code bundle_emb.TOKEN.clip_l}, or, older,
 * {@code bundle_emb.TOKEN.string_to_param.*}.
 *
 * @param token the word that it teaches
 * @param encoder {@code clip_l}, {@code clip_g} or {@code t5}; {@code ""} = whichever has its width
 */
record BundledEmbedding(String token, String encoder) {

    static final String PREFIX = "bundle_emb.";

    private static final Pattern NAME =
            Pattern.compile("bundle_emb\\.(.+)\\.(clip_l|clip_g|t5|string_to_param\\.[^.]*)");

    static Optional<BundledEmbedding> of(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String encoder = matcher.group(2).startsWith("string") ? "" : matcher.group(2);
        return Optional.of(new BundledEmbedding(matcher.group(1), encoder));
    }
}
