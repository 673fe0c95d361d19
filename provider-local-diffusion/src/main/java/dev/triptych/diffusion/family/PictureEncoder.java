package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.clip.ClipImageProcessor;
import dev.triptych.diffusion.network.clip.ClipPreprocessing;
import dev.triptych.diffusion.network.clip.ClipVisionConfig;
import dev.triptych.diffusion.network.clip.ClipVisionEncoder;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A checkpoint's vision tower: a picture as the embedding that CLIP has of it. Immutable. */
final class PictureEncoder {

    static final String PART = "image_encoder";
    static final String PREPROCESSING_PART = "feature_extractor";

    private static final String PREPROCESSING = "preprocessor_config.json";

    private final ClipVisionEncoder encoder;
    private final ClipImageProcessor processor;
    private final Part part;
    private final int size;

    private PictureEncoder(Part part, ClipVisionConfig vision, int size, ClipPreprocessing preprocessing) {
        this.part = part;
        this.size = size;
        this.encoder = new ClipVisionEncoder(vision, size, part.location().toString(), part::weights);
        this.processor = new ClipImageProcessor(preprocessing);
    }

    /**
     * The vision tower of {@code checkpoint}, if it has one. How pictures are prepared stands beside the tower, or in
     * {@code feature_extractor}.
     *
     * @throws ModelLoadException if its configs are missing, or ask for what we have not
     */
    static Optional<PictureEncoder> read(Checkpoint checkpoint) {
        if (checkpoint.part(PART).isEmpty()) {
            return Optional.empty();
        }
        Part part = checkpoint.require(PART);
        ConfigFile config = part.config();
        ClipVisionConfig.requireSupported(config);
        ClipVisionConfig vision = ClipVisionConfig.read(config);
        ConfigFile preprocessing = ConfigFile.read(preprocessing(checkpoint, part));
        return Optional.of(new PictureEncoder(
                part,
                vision,
                config.positive("projection_dim", 512),
                ClipPreprocessing.read(preprocessing, vision.imageSize())));
    }

    private static Path preprocessing(Checkpoint checkpoint, Part tower) {
        Path beside = tower.file(PREPROCESSING);
        return Files.exists(beside)
                ? beside
                : checkpoint
                        .part(PREPROCESSING_PART)
                        .map(own -> own.file(PREPROCESSING))
                        .filter(Files::exists)
                        .orElse(beside);
    }

    /** The length of an embedding. */
    int size() {
        return size;
    }

    /** The embedding of {@code picture}, [1, size], not normalised. */
    Tensor embedding(Engine engine, Pixels picture, Cancellation cancellation) {
        float[] pixels = processor.process(picture);
        return new Tensor(new long[] {1, size}, encoder.imageEmbeds(engine, pixels, cancellation));
    }

    /** The network, to be loaded. */
    Family.Load load() {
        return new Family.Load(encoder, Shape.none());
    }

    /** Opens the weights. */
    void open() {
        part.weights();
    }
}
