package dev.triptych.diffusion.family;

import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import dev.triptych.diffusion.prompt.Emphasis;
import dev.triptych.diffusion.prompt.NetTags;
import dev.triptych.diffusion.prompt.PromptParts;
import dev.triptych.diffusion.prompt.PromptSchedule;
import dev.triptych.diffusion.prompt.PromptSyntax;
import dev.triptych.diffusion.prompt.TextChunk;
import dev.triptych.diffusion.prompt.TextChunks;
import dev.triptych.diffusion.prompt.Timeline;
import dev.triptych.diffusion.prompt.TokenizedPrompt;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Reads the texts of one request, in the syntax that it is written in, as chunks for each text encoder. */
final class PromptTexts {

    /** Far more than any text encoder reads; what is longer is a mistake, not a prompt. */
    static final int MAX_CHARACTERS = 20_000;

    private final List<ClipTokenizer> tokenizers;
    private final PromptSyntax syntax;
    private final boolean isLong;
    private final int evaluations;
    private final Options options;
    private final Notices notices;

    /**
     * Reads for {@code tokenizers}.
     *
     * @param evaluations how many there are of the denoiser
     */
    PromptTexts(List<ClipTokenizer> tokenizers, int evaluations, Options options, Notices notices) {
        this.tokenizers = tokenizers;
        this.syntax = options.has(PromptOptions.SYNTAX)
                ? options.checked(PromptOptions.SYNTAX, PromptSyntax::parse)
                : PromptSyntax.PLAIN;
        this.isLong = options.flag(PromptOptions.LONG_PROMPTS);
        this.evaluations = evaluations;
        this.options = options;
        this.notices = notices;
    }

    /** The texts of {@code prompt} that are shown together. */
    List<PromptParts.Part> parts(String prompt) {
        return syntax == PromptSyntax.PLAIN
                ? List.of(new PromptParts.Part(prompt, 1))
                : PromptParts.parse(NetTags.read(prompt).text());
    }

    /**
     * The texts that {@code prompt} shows, whenever and however strongly: words, without weights, times, networks, the
     * words of the syntax, and those that textual inversions taught.
     */
    List<String> shown(String prompt) {
        if (syntax == PromptSyntax.PLAIN) {
            return List.of(tokenizers.get(0).withoutTaught(prompt));
        }
        return parts(prompt).stream()
                .flatMap(part -> PromptSchedule.parse(part.text(), evaluations).values().stream())
                .distinct()
                .map(now -> tokenizers.get(0).withoutTaught(words(now)))
                .toList();
    }

    private static String words(String weighted) {
        return Emphasis.parse(weighted).stream()
                .filter(piece -> !piece.isBreak())
                .map(Emphasis.Piece::text)
                .collect(Collectors.joining(" "));
    }

    /**
     * The chunks of {@code text} over time, for each text encoder.
     *
     * @param field where it comes from
     * @param second the option that has a text of its own for the second encoder
     */
    Timeline<List<List<TextChunk>>> read(String text, String field, String second) {
        requireUsable(text, field);
        if (syntax == PromptSyntax.PLAIN) {
            return Timeline.always(plain(text, field, second));
        }
        if (options.has(second)) {
            throw LocalErrors.unsupported("option " + second + " must not be given with " + PromptOptions.SYNTAX + " "
                    + syntax.id() + ", which has one text for both encoders, but was");
        }
        return PromptSchedule.parse(text, evaluations)
                .map(now -> tokenizers.stream()
                        .map(tokenizer -> TextChunks.of(Emphasis.parse(now), tokenizer))
                        .toList());
    }

    /** The text for each encoder; the second may have one of its own. */
    private List<List<TextChunk>> plain(String text, String field, String second) {
        List<List<TextChunk>> texts = new ArrayList<>();
        for (int i = 0; i < tokenizers.size(); i++) {
            boolean own = i == 1 && options.has(second);
            String read = own ? options.text(second).orElse("") : text;
            String from = own ? "options." + second : field;
            requireUsable(read, from);
            texts.add(
                    isLong
                            ? TextChunks.of(List.of(new Emphasis.Piece(read, 1)), tokenizers.get(i))
                            : List.of(cut(tokenizers.get(i), read, from, i == 0 || own)));
        }
        return texts;
    }

    private TextChunk cut(ClipTokenizer tokenizer, String text, String field, boolean warns) {
        TokenizedPrompt prompt = tokenizer.tokenize(text);
        if (warns && !prompt.cutText().isEmpty()) {
            String limit = field + " must be at most " + (tokenizer.maxLength() - 2) + " tokens";
            notices.truncated(field, limit + "; this was cut off: " + prompt.cutText(), limit + " but was longer");
        }
        return TextChunk.of(prompt.tokenIds());
    }

    private static void requireUsable(String text, String field) {
        if (text.length() > MAX_CHARACTERS) {
            throw LocalErrors.unsupported(
                    field + " must be at most " + MAX_CHARACTERS + " characters but was " + text.length());
        }
    }

    /** {@code side} with the empty text behind each of its texts, until they have {@code chunks} chunks. */
    PromptPlan.Side filled(PromptPlan.Side side, int chunks) {
        List<List<TextChunk>> filled = new ArrayList<>();
        for (int i = 0; i < tokenizers.size(); i++) {
            List<TextChunk> text = new ArrayList<>(side.texts().get(i));
            while (text.size() < chunks) {
                text.add(TextChunks.empty(tokenizers.get(i)));
            }
            filled.add(text);
        }
        return new PromptPlan.Side(filled, side.numbers(), side.zeros());
    }
}
