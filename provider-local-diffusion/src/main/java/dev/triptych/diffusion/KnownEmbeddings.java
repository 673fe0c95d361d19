package dev.triptych.diffusion;

import dev.triptych.ImageRequest;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.prompt.EmbeddedTokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The textual inversions of one generator by their words. Files are opened with the first request that could have one
 * of their words; one that cannot be read is an error for those requests alone that have its word. Thread-safe.
 */
final class KnownEmbeddings {

    private static final List<String> PROMPT_OPTIONS = List.of("local.prompt-2", "local.negative-prompt-2");

    private final List<TextualInversion> settings;
    private final Function<ModelSource, Path> places;
    private @Nullable EmbeddedTokens words;

    /** @param places where a file of the settings is */
    KnownEmbeddings(List<TextualInversion> settings, Function<ModelSource, Path> places) {
        this.settings = settings;
        this.places = places;
    }

    /**
     * The textual inversions whose words are in the prompts of {@code request}, in the order of the settings.
     *
     * @throws ModelLoadException if one of them cannot be read
     */
    List<Embedding> usedIn(ImageRequest request) {
        if (settings.isEmpty()) {
            return List.of();
        }
        List<String> texts = new ArrayList<>(List.of(request.prompt(), request.negativePrompt()));
        PROMPT_OPTIONS.forEach(option -> texts.add(request.options().getOrDefault(option, "")));
        Set<Integer> used = new TreeSet<>();
        for (String text : texts) {
            words().split(text).forEach(piece -> used.addAll(piece.ids()));
        }
        return used.stream().map(index -> open(settings.get(index))).toList();
    }

    /** Each word with the place of its textual inversion. */
    private synchronized EmbeddedTokens words() {
        EmbeddedTokens known = words;
        if (known == null) {
            Map<String, List<Integer>> all = new LinkedHashMap<>();
            for (int i = 0; i < settings.size(); i++) {
                for (String word : wordsOf(settings.get(i))) {
                    all.putIfAbsent(word, List.of(i));
                }
            }
            known = EmbeddedTokens.of(all);
            words = known;
        }
        return known;
    }

    private List<String> wordsOf(TextualInversion embedding) {
        if (embedding.word().isPresent()) {
            return List.of(embedding.word().get());
        }
        try {
            return open(embedding).words();
        } catch (ModelLoadException e) {
            // Who uses its word hears why; others need not.
            return List.of(Embedding.stem(places.apply(embedding.source())));
        }
    }

    private Embedding open(TextualInversion embedding) {
        return Embedding.open(places.apply(embedding.source()), embedding.word());
    }
}
