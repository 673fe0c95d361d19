package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.ModuleTable;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.network.mmdit.Mmdit;
import dev.triptych.diffusion.network.mmdit.MmditConfig;
import dev.triptych.diffusion.network.vae.Vae;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The parts of a Stable Diffusion 3 checkpoint, read and held against each other. Immutable.
 *
 * @param transformer the denoiser
 * @param vae the autoencoder
 * @param clips the two CLIP text encoders, both with projections
 * @param t5 the third text encoder; a checkpoint may leave it out
 * @param remarks keys of the configs that have no effect
 */
record StableDiffusion3Parts(
        Mmdit transformer, Vae vae, List<StableDiffusionParts.Text> clips, Optional<T5Text> t5, List<String> remarks) {

    private static final String T5 = "text_encoder_3";

    private static final Map<String, Set<String>> CLASSES = Map.of(
            TransformerFamily.TRANSFORMER,
            Set.of("SD3Transformer2DModel"),
            "text_encoder",
            Set.of("CLIPTextModelWithProjection"),
            "text_encoder_2",
            Set.of("CLIPTextModelWithProjection"),
            T5,
            Set.of("T5EncoderModel"),
            "vae",
            Set.of("AutoencoderKL"));

    static StableDiffusion3Parts read(Checkpoint checkpoint) {
        TransformerFamily.requireClasses(checkpoint, CLASSES);
        Part part = checkpoint.require(TransformerFamily.TRANSFORMER);
        ConfigFile config = part.config();
        MmditConfig.requireSupported(config);
        List<String> remarks = new ArrayList<>(MmditConfig.remarks(config));
        MmditConfig read = MmditConfig.read(config);
        if (read.outChannels() != read.inChannels()) {
            throw config.wrong("out_channels", "in_channels, " + read.inChannels() + ",");
        }
        List<StableDiffusionParts.Text> clips = List.of(
                StableDiffusionParts.text(checkpoint, "text_encoder", "tokenizer", "text encoder", true),
                StableDiffusionParts.text(checkpoint, "text_encoder_2", "tokenizer_2", "text encoder 2", true));
        int wide = clips.stream()
                .mapToInt(clip -> clip.encoder().config().hiddenSize())
                .sum();
        int pooled = clips.stream()
                .mapToInt(clip -> clip.encoder().config().projectionSize())
                .sum();
        if (wide > read.textWidth()) {
            throw config.wrong("joint_attention_dim", "at least the sum of the CLIPs' hidden_size, " + wide + ",");
        }
        if (pooled != read.pooledWidth()) {
            throw config.wrong("pooled_projection_dim", "the sum of the CLIPs' projection_dim, " + pooled + ",");
        }
        Optional<T5Text> t5 = checkpoint.part(T5).isEmpty()
                ? Optional.empty()
                : Optional.of(T5Text.read(checkpoint, T5, "tokenizer_3", "text encoder 3", read.textWidth()));
        Vae vae = TransformerFamily.vae(checkpoint, read.inChannels(), remarks);
        return new StableDiffusion3Parts(new Mmdit(read, WeightSource.of(part)), vae, clips, t5, List.copyOf(remarks));
    }

    /** The names under which adapters know its modules. */
    Modules modules(Checkpoint checkpoint) {
        List<ModuleTable> tables = new ArrayList<>();
        tables.add(AdapterNames.ofStableDiffusion3(
                checkpoint.require(TransformerFamily.TRANSFORMER).weights()));
        for (StableDiffusionParts.Text clip : clips) {
            tables.add(AdapterNames.ofClip(
                    clip.part(), checkpoint.require(clip.part()).weights()));
        }
        t5.ifPresent(text -> tables.add(
                ModuleTable.of(text.part(), checkpoint.require(text.part()).weights())));
        return new Modules("Stable Diffusion 3", tables);
    }

    /** The same parts computing in 8-bit integers. */
    StableDiffusion3Parts inIntegers(Engine engine) {
        WeightSource integers = IntegerRules.TRANSFORMER.over(transformer.weights(), engine);
        return new StableDiffusion3Parts(
                new Mmdit(transformer.config(), integers),
                vae,
                clips,
                t5.map(text -> text.inIntegers(engine)),
                remarks);
    }

    /** The same parts with adapters over their weights, and with the words that textual inversions taught. */
    StableDiffusion3Parts with(Checkpoint checkpoint, Adaptation adaptation, List<Embedding> embeddings) {
        return new StableDiffusion3Parts(
                new Mmdit(
                        transformer.config(), TransformerFamily.adapted(checkpoint, transformer.weights(), adaptation)),
                vae,
                clips.stream()
                        .map(clip -> StableDiffusionParts.with(checkpoint, clip, adaptation, embeddings))
                        .toList(),
                t5.map(text -> text.with(checkpoint, adaptation)),
                remarks);
    }
}
