package dev.triptych.diffusion.family;

import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import dev.triptych.diffusion.prompt.Emphasis;
import dev.triptych.diffusion.prompt.NetTags;
import dev.triptych.diffusion.prompt.PromptParts;
import dev.triptych.diffusion.prompt.PromptSchedule;
import dev.triptych.diffusion.prompt.PromptSyntax;
import dev.triptych.diffusion.prompt.TextChunk;
import dev.triptych.diffusion.prompt.Timeline;
import dev.triptych.diffusion.prompt.TokenizedPrompt;
import dev.triptych.diffusion.prompt.UnigramTokenizer;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads the texts of one request for text encoders of which each has one context, and no weights: of AUTOMATIC1111's
 * syntax there are names of LoRAs and schedules then; weights are told and left out.
 */
final class PlainTexts {

    private final PromptSyntax syntax;
    private final int evaluations;
    private final Options options;
    private final Notices notices;

    /** @param evaluations how many there are of the denoiser */
    PlainTexts(int evaluations, Options options, Notices notices) {
        this.syntax = options.has(PromptOptions.SYNTAX)
                ? options.checked(PromptOptions.SYNTAX, PromptSyntax::parse)
                : PromptSyntax.PLAIN;
        this.evaluations = evaluations;
        this.options = options;
        this.notices = notices;
    }

    /**
     * A text, and where it comes from.
     *
     * @param field the request's field or option
     */
    record Text(Timeline<String> text, String field) {}

    /** The text of a field, over time. */
    Text read(String text, String field) {
        requireUsable(text, field);
        if (syntax == PromptSyntax.PLAIN) {
            return new Text(Timeline.always(text), field);
        }
        List<PromptParts.Part> parts = PromptParts.parse(NetTags.read(text).text());
        if (parts.size() > 1) {
            throw LocalErrors.unsupported(
                    field + " must be one text for this model but was " + parts.size() + " with AND between them");
        }
        if (parts.get(0).weight() != 1) {
            tellWeights(field);
        }
        return new Text(
                PromptSchedule.parse(parts.get(0).text(), evaluations).map(now -> unweighted(now, field)), field);
    }

    /** The text of an option, or {@code otherwise} where it was not given. */
    Text readOption(String key, Text otherwise) {
        return options.text(key).map(text -> read(text, "options." + key)).orElse(otherwise);
    }

    private String unweighted(String text, String field) {
        List<Emphasis.Piece> pieces = Emphasis.parse(text);
        if (pieces.stream().anyMatch(piece -> !piece.isBreak() && piece.weight() != 1)) {
            tellWeights(field);
        }
        return pieces.stream()
                .map(piece -> piece.isBreak() ? " " : piece.text())
                .collect(Collectors.joining());
    }

    private void tellWeights(String field) {
        boolean isTold =
                notices.all().stream().anyMatch(notice -> notice.field().equals(field));
        if (!isTold) {
            notices.ignored(field, field + ": weights have no effect with this model's text encoders");
        }
    }

    /** A text as CLIP reads it; {@code tells} where what is cut off is worth a word. */
    TextChunk clip(ClipTokenizer tokenizer, String text, String field, boolean tells) {
        TokenizedPrompt prompt = tokenizer.tokenize(text);
        if (tells) {
            tellCut(prompt, field, tokenizer.maxLength() - 2);
        }
        return TextChunk.of(prompt.tokenIds());
    }

    /** A text as T5 reads it, padded to {@code length} tokens. */
    TextChunk t5(UnigramTokenizer tokenizer, String text, String field, int length) {
        TokenizedPrompt prompt = tokenizer.tokenize(text, length);
        tellCut(prompt, field, length - tokenizer.framingTokens());
        return TextChunk.of(prompt.tokenIds());
    }

    /** A text as Qwen reads it: as what a user says, with {@code length} tokens at most around and in it. */
    TextChunk qwen(QwenText qwen, String text, String field, int length) {
        TokenizedPrompt prompt = qwen.tokenize(text, length);
        tellCut(prompt, field, length - qwen.framingTokens());
        return TextChunk.of(prompt.tokenIds());
    }

    private void tellCut(TokenizedPrompt prompt, String field, int most) {
        if (!prompt.cutText().isEmpty()) {
            String limit = field + " must be at most " + most + " tokens";
            notices.truncated(field, limit + "; this was cut off: " + prompt.cutText(), limit + " but was longer");
        }
    }

    private static void requireUsable(String text, String field) {
        if (text.length() > PromptTexts.MAX_CHARACTERS) {
            throw LocalErrors.unsupported(
                    field + " must be at most " + PromptTexts.MAX_CHARACTERS + " characters but was " + text.length());
        }
    }
}
