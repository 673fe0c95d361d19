package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.ModuleTable;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.network.vae.Vae;
import dev.triptych.diffusion.network.zimage.ZImageConfig;
import dev.triptych.diffusion.network.zimage.ZImageTransformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parts of a Z-Image checkpoint, read and held against each other. Immutable.
 *
 * @param transformer the denoiser
 * @param vae the autoencoder
 * @param qwen the text encoder
 * @param remarks keys of the configs that have no effect
 */
record ZImageParts(ZImageTransformer transformer, Vae vae, QwenText qwen, List<String> remarks) {

    private static final Map<String, Set<String>> CLASSES = Map.of(
            TransformerFamily.TRANSFORMER,
            Set.of("ZImageTransformer2DModel"),
            "text_encoder",
            Set.of("Qwen3Model", "Qwen3ForCausalLM"),
            "vae",
            Set.of("AutoencoderKL"));

    static ZImageParts read(Checkpoint checkpoint) {
        TransformerFamily.requireClasses(checkpoint, CLASSES);
        Part part = checkpoint.require(TransformerFamily.TRANSFORMER);
        ConfigFile config = part.config();
        ZImageConfig.requireSupported(config);
        List<String> remarks = new ArrayList<>(ZImageConfig.remarks(config));
        ZImageConfig read = ZImageConfig.read(config);
        // The last but one of the hidden states, of which the first is the embedding.
        QwenText qwen = QwenText.read(checkpoint, true, layers -> List.of(layers - 1), read.textWidth());
        Vae vae = TransformerFamily.vae(checkpoint, read.channels(), remarks);
        return new ZImageParts(new ZImageTransformer(read, WeightSource.of(part)), vae, qwen, List.copyOf(remarks));
    }

    /** The names under which adapters know its modules. */
    Modules modules(Checkpoint checkpoint) {
        return new Modules(
                "Z-Image",
                List.of(
                        AdapterNames.ofZImage(checkpoint
                                .require(TransformerFamily.TRANSFORMER)
                                .weights()),
                        ModuleTable.of(
                                qwen.part(), checkpoint.require(qwen.part()).weights())));
    }

    /** The same parts computing in 8-bit integers. */
    ZImageParts inIntegers(Engine engine) {
        WeightSource integers = IntegerRules.TRANSFORMER.over(transformer.weights(), engine);
        return new ZImageParts(
                new ZImageTransformer(transformer.config(), integers), vae, qwen.inIntegers(engine), remarks);
    }

    /** The same parts with adapters over their weights. */
    ZImageParts with(Checkpoint checkpoint, Adaptation adaptation) {
        WeightSource adapted = TransformerFamily.adapted(checkpoint, transformer.weights(), adaptation);
        return new ZImageParts(
                new ZImageTransformer(transformer.config(), adapted), vae, qwen.with(checkpoint, adaptation), remarks);
    }
}
