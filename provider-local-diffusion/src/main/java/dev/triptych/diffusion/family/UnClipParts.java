package dev.triptych.diffusion.family;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.network.clip.ClipTextConfig;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.prior.PriorConfig;
import dev.triptych.diffusion.network.prior.PriorTransformer;
import dev.triptych.diffusion.network.prior.TextProjection;
import dev.triptych.diffusion.network.prior.TextProjectionConfig;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The parts of an unCLIP checkpoint, found, read and held against each other. Immutable.
 *
 * @param tokenizer text to ids
 * @param textEncoder ids to embeddings, with its projection
 * @param prior text to image embedding; a checkpoint that only varies pictures has none
 * @param pictures picture to image embedding; a checkpoint that only reads texts has none
 * @param projection image embedding and text to what the decoder is told
 * @param decoder makes the small picture
 * @param first makes the large picture, in all steps but the last
 * @param last makes it in the last step
 * @param decoderScheduler the decoder's scheduler
 * @param superResolutionScheduler the scheduler of both U-Nets that make the large picture
 * @param remarks keys of the configs that have no effect
 */
record UnClipParts(
        ClipTokenizer tokenizer,
        ClipTextEncoder textEncoder,
        Optional<Prior> prior,
        Optional<PictureEncoder> pictures,
        TextProjection projection,
        Unet decoder,
        Unet first,
        Unet last,
        SchedulerConfig decoderScheduler,
        SchedulerConfig superResolutionScheduler,
        List<String> remarks) {

    /**
     * The prior and its scheduler.
     *
     * @param network predicts an embedding
     * @param scheduler its scheduler
     */
    record Prior(PriorTransformer network, SchedulerConfig scheduler) {}

    static UnClipParts read(Checkpoint checkpoint) {
        Part tokenizerPart = checkpoint.require("tokenizer");
        ClipTokenizer tokenizer = ClipTokenizer.load(tokenizerPart.location());
        Part textPart = checkpoint.require("text_encoder");
        ClipTextConfig.requireSupported(textPart.config());
        ClipTextConfig text = ClipTextConfig.read(textPart.config());
        int tokens = tokenizer.maxLength();
        if (tokens > text.maxPositions()) {
            throw new ModelLoadException(tokenizerPart.location()
                    + ": model_max_length must be at most the text encoder's max_position_embeddings, "
                    + text.maxPositions() + ", but was " + tokens);
        }
        Part projectionPart = checkpoint.require("text_proj");
        TextProjectionConfig projection = TextProjectionConfig.read(projectionPart.config());
        Part decoderPart = checkpoint.require("decoder");
        UnetConfig.requireSupported(decoderPart.config());
        UnClipParts parts = new UnClipParts(
                tokenizer,
                new ClipTextEncoder("text encoder", text, true, textPart),
                prior(checkpoint, tokens),
                PictureEncoder.read(checkpoint),
                new TextProjection(projection, tokens, projectionPart),
                new Unet("decoder", UnetConfig.read(decoderPart.config()), decoderPart),
                superResolution(checkpoint, "super_res_first"),
                superResolution(checkpoint, "super_res_last"),
                scheduler(checkpoint, "decoder_scheduler"),
                scheduler(checkpoint, "super_res_scheduler"),
                remarks(decoderPart.config()));
        parts.requireMatchingSizes(checkpoint);
        return parts;
    }

    private static Optional<Prior> prior(Checkpoint checkpoint, int tokens) {
        if (checkpoint.part("prior").isEmpty()) {
            return Optional.empty();
        }
        Part part = checkpoint.require("prior");
        PriorConfig config = PriorConfig.read(part.config());
        if (config.tokens() != tokens) {
            throw part.config().wrong("num_embeddings", "the tokenizer's model_max_length, " + tokens + ",");
        }
        return Optional.of(new Prior(new PriorTransformer(config, part), scheduler(checkpoint, "prior_scheduler")));
    }

    private static Unet superResolution(Checkpoint checkpoint, String name) {
        Part part = checkpoint.require(name);
        UnetConfig config = UnetConfig.readUnconditional(part.config());
        if (config.inChannels() != 2 * config.outChannels()) {
            throw part.config().wrong("in_channels", "twice out_channels, " + 2 * config.outChannels() + ",");
        }
        String label = name.equals("super_res_first") ? "super-resolution" : "last step of super-resolution";
        return new Unet(label, config, part);
    }

    private static SchedulerConfig scheduler(Checkpoint checkpoint, String name) {
        return SchedulerConfig.read(checkpoint.require(name).file("scheduler_config.json"));
    }

    private static List<String> remarks(ConfigFile decoder) {
        return List.copyOf(new ArrayList<>(UnetConfig.remarks(decoder)));
    }

    /** The length of CLIP's embeddings, of texts and of pictures. */
    int embeddingSize() {
        return projection.config().embeddingSize();
    }

    private void requireMatchingSizes(Checkpoint checkpoint) {
        int size = embeddingSize();
        ConfigFile text = checkpoint.require("text_encoder").config();
        require(
                textEncoder.config().hiddenSize() == size,
                text,
                "hidden_size",
                "clip_embeddings_dim of text_proj",
                size);
        require(
                textEncoder.config().projectionSize() == size,
                text,
                "projection_dim",
                "clip_embeddings_dim of text_proj",
                size);
        prior.ifPresent(own -> require(
                own.network().config().embeddingSize() == size,
                checkpoint.require("prior").config(),
                "embedding_dim",
                "clip_embeddings_dim of text_proj",
                size));
        pictures.ifPresent(own -> require(
                own.size() == size,
                checkpoint.require(PictureEncoder.PART).config(),
                "projection_dim",
                "clip_embeddings_dim of text_proj",
                size));
        ConfigFile config = checkpoint.require("decoder").config();
        int context = projection.config().contextWidth();
        require(
                decoder.config().textWidth() == context,
                config,
                "cross_attention_dim",
                "cross_attention_dim of text_proj",
                context);
        boolean identity = decoder.config()
                .classes()
                .filter(label -> label.kind().equals("identity") && !label.concatenated())
                .isPresent();
        if (!identity || !decoder.config().takesMask()) {
            throw config.wrong(identity ? "down_block_types" : "class_embed_type", "as unCLIP's decoders have it,");
        }
        int time = projection.config().timeWidth();
        require(
                decoder.config().time().hidden() == time,
                config,
                "time_embedding_dim",
                "time_embed_dim of text_proj",
                time);
        int channels = decoder.config().inChannels();
        int predicted = decoderScheduler.predictsVariance() ? 2 * channels : channels;
        require(
                decoder.config().outChannels() == predicted,
                config,
                "out_channels",
                "what variance_type of decoder_scheduler asks for",
                predicted);
        require(
                first.config().outChannels() == channels,
                checkpoint.require("super_res_first").config(),
                "out_channels",
                "in_channels of the decoder",
                channels);
    }

    private static void require(boolean fits, ConfigFile config, String key, String what, int expected) {
        if (!fits) {
            throw config.wrong(key, what + ", " + expected + ",");
        }
    }
}
