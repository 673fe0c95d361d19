package dev.triptych.examples.discordbot;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Looks at a prompt before anything is painted. */
@FunctionalInterface
interface Moderation {

    /**
     * Why {@code prompt} is refused in this channel, as a title for a note; empty where it is not.
     *
     * @param adult whether the channel is age-restricted
     */
    Optional<String> refuse(String prompt, boolean adult);

    /** Refuses whole words: {@code banned} everywhere, {@code adultOnly} outside age-restricted channels. */
    static Moderation words(List<String> banned, List<String> adultOnly) {
        return (prompt, adult) -> {
            if (hasWord(prompt, banned)) {
                return Optional.of("Banned prompt detected");
            }
            return !adult && hasWord(prompt, adultOnly)
                    ? Optional.of("Banned prompt detected: only in age-restricted channels")
                    : Optional.empty();
        };
    }

    private static boolean hasWord(String prompt, List<String> words) {
        String lower = prompt.toLowerCase(Locale.ROOT);
        return words.stream()
                .anyMatch(word -> Pattern.compile("(?<![\\p{L}\\p{N}])" + Pattern.quote(word.toLowerCase(Locale.ROOT))
                                + "(?![\\p{L}\\p{N}])")
                        .matcher(lower)
                        .find());
    }
}
