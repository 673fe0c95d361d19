package dev.triptych.diffusion.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.network.qwen.QwenConfig;
import dev.triptych.diffusion.network.qwen.QwenEncoder;
import dev.triptych.diffusion.prompt.ByteLevelTokenizer;
import dev.triptych.diffusion.prompt.TokenizedPrompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Qwen3 as a text encoder, with its tokenizer: a prompt is what a user says in a chat, and the assistant's turn has
 * begun.
 *
 * @param part the encoder's name in model_index.json
 * @param tokenizer text to ids
 * @param encoder ids to embeddings
 * @param thinks whether the assistant may think; else the turn begins with a thought that is empty
 * @param paddingId what fills a text up
 */
record QwenText(String part, ByteLevelTokenizer tokenizer, QwenEncoder encoder, boolean thinks, int paddingId) {

    /** What Qwen3's template makes of one turn of a user, {@code add_generation_prompt} set. */
    private static final String BEFORE = "<|im_start|>user\n";

    private static final String BEHIND = "<|im_end|>\n<|im_start|>assistant\n";
    private static final String NO_THOUGHT = "<think>\n\n</think>\n\n";

    private static final String PART = "text_encoder";
    private static final String TOKENIZER = "tokenizer";
    private static final String TEMPLATE = "chat_template";

    /**
     * Reads config and tokenizer of a checkpoint.
     *
     * @param thinks {@code enable_thinking} of the pipeline
     * @param taken which layers' outputs the transformer is told, counted from 1, for so many layers as there are
     * @param width what the length of a text token must be
     */
    static QwenText read(Checkpoint checkpoint, boolean thinks, IntFunction<List<Integer>> taken, int width) {
        Part part = checkpoint.require(PART);
        ConfigFile config = part.config();
        QwenConfig.requireSupported(config);
        QwenConfig read = QwenConfig.read(config);
        List<Integer> layers = taken.apply(read.layers());
        int deepest = layers.get(layers.size() - 1);
        if (deepest < 1 || deepest > read.layers()) {
            throw config.wrong("num_hidden_layers", "at least " + Math.max(2, deepest));
        }
        QwenEncoder encoder = new QwenEncoder("text encoder", read, layers, WeightSource.of(part));
        if (encoder.width() != width) {
            throw config.wrong("hidden_size", "such that " + layers.size() + " of it are the transformer's " + width);
        }
        Path folder = checkpoint.require(TOKENIZER).location();
        ConfigFile tokenizer = ConfigFile.readOr(folder.resolve("tokenizer_config.json"), ConfigFile.object());
        requireTemplate(folder, tokenizer);
        ByteLevelTokenizer ids = ByteLevelTokenizer.load(folder);
        return new QwenText(PART, ids, encoder, thinks, paddingId(ids, tokenizer));
    }

    /** Qwen3's own is known by heart, and needs no Jinja: it is enough to see that it is Qwen3's. */
    private static void requireTemplate(Path folder, ConfigFile tokenizer) {
        Path file = folder.resolve("chat_template.jinja");
        String template = tokenizer.node(TEMPLATE).asText("");
        if (template.isEmpty() && Files.exists(file)) {
            try {
                template = Files.readString(file);
            } catch (IOException e) {
                throw new ModelLoadException("chat template cannot be read: " + file + ": " + e.getMessage(), e);
            }
        }
        if (!template.contains("enable_thinking")) {
            throw new ModelLoadException(folder + ": the tokenizer must have Qwen3's chat template, which knows"
                    + " enable_thinking, but has " + (template.isEmpty() ? "none" : "another"));
        }
    }

    private static int paddingId(ByteLevelTokenizer ids, ConfigFile tokenizer) {
        JsonNode token = tokenizer.node("pad_token");
        String content = token.isObject() ? token.path("content").asText() : token.asText("<|endoftext|>");
        return ids.idOf(content).orElseThrow(() -> tokenizer.wrong("pad_token", "a token of tokenizer.json"));
    }

    /** The ids of a prompt with the chat's around it, cut at their end, without padding. */
    TokenizedPrompt tokenize(String prompt, int maxLength) {
        return tokenizer.tokenize(BEFORE, prompt, behind(), maxLength);
    }

    private String behind() {
        return thinks ? BEHIND : BEHIND + NO_THOUGHT;
    }

    /** How many tokens there are beside a prompt's own. */
    int framingTokens() {
        return tokenize("", Integer.MAX_VALUE).untruncated().length;
    }

    /** The same with weights in 8-bit integers. */
    QwenText inIntegers(Engine engine) {
        WeightSource integers = IntegerRules.TEXT.over(encoder.weights(), engine);
        QwenEncoder other = new QwenEncoder(encoder.label(), encoder.config(), encoder.taken(), integers);
        return new QwenText(part, tokenizer, other, thinks, paddingId);
    }

    /** The same with adapters over its weights. */
    QwenText with(Checkpoint checkpoint, Adaptation adaptation) {
        if (!adaptation.touches(part)) {
            return this;
        }
        WeightSource adapted = encoder.weights()
                .over(() -> adaptation.over(part, checkpoint.require(part).weights()), adaptation.identity(part));
        QwenEncoder other = new QwenEncoder(encoder.label(), encoder.config(), encoder.taken(), adapted);
        return new QwenText(part, tokenizer, other, thinks, paddingId);
    }
}
