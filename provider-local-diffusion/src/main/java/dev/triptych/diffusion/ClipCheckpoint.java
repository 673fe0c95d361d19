package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A CLIP checkpoint: the Hugging Face directory of a {@code CLIPModel}, with {@code config.json}, its weights as
 * safetensors, {@code preprocessor_config.json}, and the tokenizer's {@code vocab.json} and {@code merges.txt}.
 *
 * <p>One that lies in a diffusion checkpoint, as {@code clip/}, and was trained against that one's text encoder need
 * not store it twice: text tower and tokenizer that are not in the folder are read from {@code text_encoder/} and
 * {@code tokenizer/} beside it. Immutable.
 */
public final class ClipCheckpoint {

    private static final String TOKEN_EMBEDDING = "embeddings.token_embedding.weight";

    private final Path folder;
    private final ClipTextConfig text;
    private final ClipVisionConfig vision;
    private final ClipPreprocessing preprocessing;
    private final int projectionSize;
    private final Weights weights;
    private final double logitScale;

    private ClipCheckpoint(Path folder) {
        this.folder = folder;
        ConfigFile config = ConfigFile.read(folder.resolve("config.json"));
        config.oneOf("model_type", "clip", Set.of("clip"));
        ConfigFile textConfig = section(config, "text_config");
        ConfigFile visionConfig = section(config, "vision_config");
        ClipTextConfig.requireSupported(textConfig);
        ClipVisionConfig.requireSupported(visionConfig);
        this.text = ClipTextConfig.read(textConfig);
        this.vision = ClipVisionConfig.read(visionConfig);
        this.projectionSize = config.positive("projection_dim", 512);
        this.preprocessing =
                ClipPreprocessing.read(ConfigFile.read(folder.resolve("preprocessor_config.json")), vision.imageSize());
        this.weights = weights(folder);
        this.logitScale = Math.exp(weights.scalar("logit_scale"));
    }

    /**
     * Opens the checkpoint in {@code folder}; of the weights it reads the headers and the logit scale.
     *
     * @throws ModelLoadException if a file is missing or damaged, or the model is not a CLIP
     */
    public static ClipCheckpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ModelLoadException(folder + " must be the folder of a CLIP model but "
                    + (Files.exists(folder) ? "is a file" : "does not exist"));
        }
        return new ClipCheckpoint(folder.toAbsolutePath().normalize());
    }

    private static Weights weights(Path folder) {
        Weights own = Weights.open(folder, Weights::clipName);
        Path beside = folder.resolveSibling("text_encoder");
        return own.has(TOKEN_EMBEDDING) || !Files.isDirectory(beside)
                ? own
                : own.and(Weights.open(beside, Weights::clipName));
    }

    /**
     * A tower's config; old files have another one beside it, {@code text_config_dict}, and transformers takes that.
     */
    private static ConfigFile section(ConfigFile config, String key) {
        String older = key + "_dict";
        if (config.node(older).isObject()) {
            return config.within(older);
        }
        if (!config.node(key).isObject()) {
            throw config.wrong(key, "an object, as a CLIPModel has it,");
        }
        return config.within(key);
    }

    /** The checkpoint's folder, absolute. */
    public Path folder() {
        return folder;
    }

    /** The folder of the tokenizer's files: the checkpoint's own, or {@code tokenizer/} beside it. */
    public Path tokenizerFolder() {
        Path beside = folder.resolveSibling("tokenizer");
        return Files.exists(folder.resolve("vocab.json")) || !Files.isDirectory(beside) ? folder : beside;
    }

    /** The text tower. */
    public ClipTextConfig text() {
        return text;
    }

    /** The vision tower. */
    public ClipVisionConfig vision() {
        return vision;
    }

    /** How pictures are prepared. */
    public ClipPreprocessing preprocessing() {
        return preprocessing;
    }

    /** The length of the embeddings that texts and pictures share. */
    public int projectionSize() {
        return projectionSize;
    }

    /** The weights of both towers, those of the text tower without {@code text_model.} before their names. */
    public Weights weights() {
        return weights;
    }

    /** What a cosine is multiplied by to become a logit, the inverse of the training's temperature; usually 100. */
    public double logitScale() {
        return logitScale;
    }
}
