package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.ModuleTable;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.flux2.Flux2Config;
import dev.triptych.diffusion.network.flux2.Flux2Transformer;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.network.vae.Vae;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parts of a FLUX.2 klein checkpoint, read and held against each other. Immutable.
 *
 * @param transformer the denoiser
 * @param vae the autoencoder
 * @param vaePart its part, which holds the statistics of its latents too
 * @param qwen the text encoder
 * @param distilled whether it was distilled for few steps, and has no guidance
 * @param remarks keys of the configs that have no effect
 */
record Flux2Parts(
        Flux2Transformer transformer, Vae vae, Part vaePart, QwenText qwen, boolean distilled, List<String> remarks) {

    private static final String VAE_CLASS = "AutoencoderKLFlux2";

    private static final Map<String, Set<String>> CLASSES = Map.of(
            TransformerFamily.TRANSFORMER,
            Set.of("Flux2Transformer2DModel"),
            "text_encoder",
            Set.of("Qwen3Model", "Qwen3ForCausalLM"),
            "vae",
            Set.of(VAE_CLASS));

    /** The layers whose outputs the transformer is told beside each other. */
    private static final List<Integer> TEXT_LAYERS = List.of(9, 18, 27);

    static Flux2Parts read(Checkpoint checkpoint) {
        TransformerFamily.requireClasses(checkpoint, CLASSES);
        Part part = checkpoint.require(TransformerFamily.TRANSFORMER);
        ConfigFile config = part.config();
        Flux2Config.requireSupported(config);
        List<String> remarks = new ArrayList<>(Flux2Config.remarks(config));
        Flux2Config read = Flux2Config.read(config);
        QwenText qwen = QwenText.read(checkpoint, false, layers -> TEXT_LAYERS, read.textWidth());
        Part vaePart = checkpoint.require("vae");
        Vae vae = TransformerFamily.vae(
                checkpoint, VAE_CLASS, read.channels() / (Flux2Codec.SQUARE * Flux2Codec.SQUARE), remarks);
        return new Flux2Parts(
                new Flux2Transformer(read, WeightSource.of(part)),
                vae,
                vaePart,
                qwen,
                checkpoint.index().flag("is_distilled", false),
                List.copyOf(remarks));
    }

    /** The names under which adapters know its modules. */
    Modules modules(Checkpoint checkpoint) {
        return new Modules(
                "FLUX.2 klein",
                List.of(
                        AdapterNames.ofFlux2(checkpoint
                                .require(TransformerFamily.TRANSFORMER)
                                .weights()),
                        ModuleTable.of(
                                qwen.part(), checkpoint.require(qwen.part()).weights())));
    }

    /** The same parts computing in 8-bit integers. */
    Flux2Parts inIntegers(Engine engine) {
        WeightSource integers = IntegerRules.TRANSFORMER.over(transformer.weights(), engine);
        return new Flux2Parts(
                new Flux2Transformer(transformer.config(), integers),
                vae,
                vaePart,
                qwen.inIntegers(engine),
                distilled,
                remarks);
    }

    /** The same parts with adapters over their weights. */
    Flux2Parts with(Checkpoint checkpoint, Adaptation adaptation) {
        WeightSource adapted = TransformerFamily.adapted(checkpoint, transformer.weights(), adaptation);
        return new Flux2Parts(
                new Flux2Transformer(transformer.config(), adapted),
                vae,
                vaePart,
                qwen.with(checkpoint, adaptation),
                distilled,
                remarks);
    }
}
