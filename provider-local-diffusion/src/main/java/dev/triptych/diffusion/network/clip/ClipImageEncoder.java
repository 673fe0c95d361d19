package dev.triptych.diffusion.network.clip;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A CLIP's vision tower that stands alone, as {@code image_encoder/} beside an IP-Adapter or in a checkpoint: the
 * folder of a {@code CLIPVisionModelWithProjection}. Pictures are prepared as its {@code preprocessor_config.json}
 * says; without one as diffusers does it, for the size of picture that the tower reads. Immutable.
 */
public final class ClipImageEncoder {

    private final ClipVisionEncoder network;
    private final ClipImageProcessor processor;
    private final Part part;

    private ClipImageEncoder(ClipVisionEncoder network, ClipImageProcessor processor, Part part) {
        this.network = network;
        this.processor = processor;
        this.part = part;
    }

    /**
     * The encoder in {@code folder}; its weights are opened with the first picture.
     *
     * @throws ModelLoadException if it is missing, damaged, or not a CLIP's vision tower
     */
    public static ClipImageEncoder open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ModelLoadException(folder + " must be the folder of a CLIP's image encoder but "
                    + (Files.exists(folder) ? "is a file" : "does not exist"));
        }
        Part part = Part.at(folder);
        ConfigFile config = part.config();
        config.oneOf("model_type", "clip_vision_model", Set.of("clip_vision_model"));
        ClipVisionConfig.requireSupported(config);
        ClipVisionConfig vision = ClipVisionConfig.read(config);
        Path preprocessing = folder.resolve("preprocessor_config.json");
        ClipPreprocessing prepared = Files.exists(preprocessing)
                ? ClipPreprocessing.read(ConfigFile.read(preprocessing), vision.imageSize())
                : ClipPreprocessing.standard(vision.imageSize());
        ClipVisionEncoder network =
                new ClipVisionEncoder(vision, config.positive("projection_dim", 512), folder.toString(), part::weights);
        return new ClipImageEncoder(network, new ClipImageProcessor(prepared), part);
    }

    /** The tower. */
    public ClipVisionEncoder network() {
        return network;
    }

    /** What changes when a weight changes. */
    public String contents() {
        return part.weights().identity();
    }

    /** The embedding of a picture, [1, projectionSize], not normalised. */
    public Tensor embedding(Engine engine, Pixels picture, Cancellation cancellation) {
        float[] values = network.imageEmbeds(engine, processor.process(picture), cancellation);
        return new Tensor(new long[] {1, values.length}, values);
    }

    /** What the last layer reads of a picture, [1, 1 + patches, hiddenSize]. */
    public Tensor hiddenStates(Engine engine, Pixels picture, Cancellation cancellation) {
        return network.hiddenStates(engine, processor.process(picture), cancellation);
    }

    /** What the last layer reads of a picture that is 0 everywhere once it has been normalised. */
    public Tensor hiddenStatesOfZeros(Engine engine, Cancellation cancellation) {
        int edge = network.config().imageSize();
        return network.hiddenStates(engine, new float[3 * edge * edge], cancellation);
    }
}
