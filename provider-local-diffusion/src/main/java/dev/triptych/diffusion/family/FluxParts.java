package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.ModuleTable;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.flux.FluxConfig;
import dev.triptych.diffusion.network.flux.FluxTransformer;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.network.vae.Vae;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parts of a FLUX.1 checkpoint, read and held against each other. Immutable.
 *
 * @param transformer the denoiser
 * @param vae the autoencoder
 * @param clip the text encoder whose pooled text counts
 * @param t5 the text encoder whose tokens count
 * @param remarks keys of the configs that have no effect
 */
record FluxParts(
        FluxTransformer transformer, Vae vae, StableDiffusionParts.Text clip, T5Text t5, List<String> remarks) {

    private static final Map<String, Set<String>> CLASSES = Map.of(
            TransformerFamily.TRANSFORMER,
            Set.of("FluxTransformer2DModel"),
            "text_encoder",
            Set.of("CLIPTextModel"),
            "text_encoder_2",
            Set.of("T5EncoderModel"),
            "vae",
            Set.of("AutoencoderKL"));

    static FluxParts read(Checkpoint checkpoint) {
        TransformerFamily.requireClasses(checkpoint, CLASSES);
        Part part = checkpoint.require(TransformerFamily.TRANSFORMER);
        ConfigFile config = part.config();
        FluxConfig.requireSupported(config);
        List<String> remarks = new ArrayList<>(FluxConfig.remarks(config));
        FluxConfig read = FluxConfig.read(config);
        StableDiffusionParts.Text clip =
                StableDiffusionParts.text(checkpoint, "text_encoder", "tokenizer", "text encoder", false);
        int pooled = clip.encoder().config().hiddenSize();
        if (pooled != read.pooledWidth()) {
            throw config.wrong("pooled_projection_dim", "the text encoder's hidden_size, " + pooled + ",");
        }
        T5Text t5 = T5Text.read(checkpoint, "text_encoder_2", "tokenizer_2", "text encoder 2", read.textWidth());
        Vae vae = TransformerFamily.vae(checkpoint, read.latentChannels(), remarks);
        return new FluxParts(new FluxTransformer(read, WeightSource.of(part)), vae, clip, t5, List.copyOf(remarks));
    }

    /** The names under which adapters know its modules. */
    Modules modules(Checkpoint checkpoint) {
        return new Modules(
                "FLUX.1",
                List.of(
                        AdapterNames.ofFlux(checkpoint
                                .require(TransformerFamily.TRANSFORMER)
                                .weights()),
                        AdapterNames.ofClip(
                                clip.part(), checkpoint.require(clip.part()).weights()),
                        ModuleTable.of(t5.part(), checkpoint.require(t5.part()).weights())));
    }

    /** The same parts computing in 8-bit integers. */
    FluxParts inIntegers(Engine engine) {
        WeightSource integers = IntegerRules.TRANSFORMER.over(transformer.weights(), engine);
        return new FluxParts(
                new FluxTransformer(transformer.config(), integers), vae, clip, t5.inIntegers(engine), remarks);
    }

    /** The same parts with adapters over their weights, and with the words that textual inversions taught. */
    FluxParts with(Checkpoint checkpoint, Adaptation adaptation, List<Embedding> embeddings) {
        return new FluxParts(
                new FluxTransformer(
                        transformer.config(), TransformerFamily.adapted(checkpoint, transformer.weights(), adaptation)),
                vae,
                StableDiffusionParts.with(checkpoint, clip, adaptation, embeddings),
                t5.with(checkpoint, adaptation),
                remarks);
    }
}
