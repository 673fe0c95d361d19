package dev.triptych.diffusion;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.network.clip.ClipConfig;
import dev.triptych.diffusion.network.clip.ClipPreprocessing;
import dev.triptych.diffusion.network.clip.ClipTextConfig;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.clip.ClipVisionConfig;
import dev.triptych.diffusion.network.clip.ClipVisionEncoder;
import dev.triptych.diffusion.weights.Weights;
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
final class ClipCheckpoint {

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
        ConfigFile textConfig = ClipConfig.section(config, "text_config");
        ConfigFile visionConfig = ClipConfig.section(config, "vision_config");
        ClipTextConfig.requireSupported(textConfig);
        ClipVisionConfig.requireSupported(visionConfig);
        this.text = ClipTextConfig.read(textConfig).withProjection(config.positive("projection_dim", 512));
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
    static ClipCheckpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ModelLoadException(folder + " must be the folder of a CLIP model but "
                    + (Files.exists(folder) ? "is a file" : "does not exist"));
        }
        return new ClipCheckpoint(folder.toAbsolutePath().normalize());
    }

    private static Weights weights(Path folder) {
        Weights own = Part.at(folder).weights().renamed(ClipTextEncoder::newName);
        Path beside = folder.resolveSibling("text_encoder");
        return own.has(TOKEN_EMBEDDING) || !Files.isDirectory(beside)
                ? own
                : Part.at(beside)
                        .weights()
                        .renamed(ClipTextEncoder::newName)
                        .overlaid(own)
                        .from(own.source());
    }

    /** The checkpoint's folder, absolute. */
    Path folder() {
        return folder;
    }

    /** The folder of the tokenizer's files: the checkpoint's own, or {@code tokenizer/} beside it. */
    Path tokenizerFolder() {
        Path beside = folder.resolveSibling("tokenizer");
        return Files.exists(folder.resolve("vocab.json")) || !Files.isDirectory(beside) ? folder : beside;
    }

    /** The text tower. */
    ClipTextConfig text() {
        return text;
    }

    /** The vision tower. */
    ClipVisionConfig vision() {
        return vision;
    }

    /** How pictures are prepared. */
    ClipPreprocessing preprocessing() {
        return preprocessing;
    }

    /** The length of the embeddings that texts and pictures share. */
    int projectionSize() {
        return projectionSize;
    }

    /** The text tower with its projection, as a network. */
    ClipTextEncoder textEncoder() {
        return new ClipTextEncoder("text encoder", text, true, folder.toString(), () -> weights);
    }

    /** The vision tower with its projection, as a network. */
    ClipVisionEncoder visionEncoder() {
        return new ClipVisionEncoder(vision, projectionSize, folder.toString(), () -> weights);
    }

    /** What a cosine is multiplied by to become a logit, the inverse of the training's temperature; usually 100. */
    double logitScale() {
        return logitScale;
    }
}
