package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.network.t5.T5Config;
import dev.triptych.diffusion.network.t5.T5Encoder;
import dev.triptych.diffusion.prompt.UnigramTokenizer;

/**
 * T5 as a text encoder, with its tokenizer.
 *
 * @param part the encoder's name in model_index.json
 * @param tokenizer text to ids
 * @param encoder ids to embeddings
 */
record T5Text(String part, UnigramTokenizer tokenizer, T5Encoder encoder) {

    /**
     * Reads config and tokenizer of a part.
     *
     * @param label what messages call the encoder
     * @param width what the length of its embeddings must be, that of the transformer's text tokens
     */
    static T5Text read(Checkpoint checkpoint, String name, String tokenizerName, String label, int width) {
        Part part = checkpoint.require(name);
        ConfigFile config = part.config();
        T5Config.requireSupported(config);
        T5Config read = T5Config.read(config);
        if (read.hiddenSize() != width) {
            throw config.wrong("d_model", "the transformer's joint_attention_dim, " + width + ",");
        }
        UnigramTokenizer tokenizer =
                UnigramTokenizer.load(checkpoint.require(tokenizerName).location());
        return new T5Text(name, tokenizer, new T5Encoder(label, read, WeightSource.of(part)));
    }

    /** The same with weights in 8-bit integers. */
    T5Text inIntegers(Engine engine) {
        WeightSource integers = IntegerRules.TEXT.over(encoder.weights(), engine);
        return new T5Text(part, tokenizer, new T5Encoder(encoder.label(), encoder.config(), integers));
    }

    /** The same with adapters over its weights. */
    T5Text with(Checkpoint checkpoint, Adaptation adaptation) {
        if (!adaptation.touches(part)) {
            return this;
        }
        WeightSource adapted = encoder.weights()
                .over(() -> adaptation.over(part, checkpoint.require(part).weights()), adaptation.identity(part));
        return new T5Text(part, tokenizer, new T5Encoder(encoder.label(), encoder.config(), adapted));
    }
}
