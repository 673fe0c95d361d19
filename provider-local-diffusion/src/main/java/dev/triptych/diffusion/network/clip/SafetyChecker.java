package dev.triptych.diffusion.network.clip;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Looks at finished pictures for what a checkpoint's author refuses: a CLIP's vision tower, and concepts in the space
 * of its embeddings. The part {@code safety_checker}, a {@code StableDiffusionSafetyChecker}; pictures are prepared as
 * {@code preprocessor_config.json} in its folder or the checkpoint's {@code feature_extractor} says, without one as
 * OpenAI's were. Immutable.
 */
public final class SafetyChecker {

    /** The part's name in model_index.json. */
    public static final String PART = "safety_checker";

    /** The remark where a checkpoint has a checker and the generator's settings do not ask for it. */
    public static final String NOT_RUN = "the checkpoint's safety_checker is not run: what it would refuse is painted";

    private static final String PREPROCESSING = "preprocessor_config.json";

    private final ClipVisionEncoder encoder;
    private final ClipImageProcessor processor;
    private final SafetyConcepts concepts;
    private final Part part;

    private SafetyChecker(Part part, Optional<Part> featureExtractor) {
        this.part = part;
        part.onnx().ifPresent(file -> {
            throw new ModelLoadException(
                    file + " must be the weights of a safety checker (safetensors) but is a ready-made ONNX model");
        });
        ConfigFile config = part.config();
        config.oneOf("model_type", "clip", Set.of("clip"));
        ConfigFile visionConfig = ClipConfig.section(config, "vision_config");
        ClipVisionConfig.requireSupported(visionConfig);
        ClipVisionConfig vision = ClipVisionConfig.read(visionConfig);
        int size = config.positive("projection_dim", 512);
        Weights weights = part.weights().renamed(SafetyChecker::graphName);
        this.concepts = SafetyConcepts.read(weights, size);
        this.encoder = new ClipVisionEncoder(vision, size, part.location().toString(), () -> weights);
        this.processor = new ClipImageProcessor(preprocessing(part, featureExtractor, vision.imageSize()));
    }

    /**
     * The checker of a checkpoint; of the weights it reads headers and concepts.
     *
     * @throws ModelLoadException if the checkpoint has none, or it is damaged or of another kind
     */
    public static SafetyChecker open(Checkpoint checkpoint) {
        return new SafetyChecker(checkpoint.require(PART), checkpoint.part("feature_extractor"));
    }

    /** The checker's tower is a model within a model, and named so. */
    private static String graphName(String name) {
        String doubled = "vision_model.vision_model.";
        return name.startsWith(doubled) ? name.substring("vision_model.".length()) : name;
    }

    private static ClipPreprocessing preprocessing(Part part, Optional<Part> featureExtractor, int imageSize) {
        Stream<Path> own = part.isFolder() ? Stream.of(part.file(PREPROCESSING)) : Stream.empty();
        Stream<Path> beside = featureExtractor.filter(Part::isFolder).map(each -> each.file(PREPROCESSING)).stream();
        return Stream.concat(own, beside)
                .filter(Files::exists)
                .findFirst()
                .map(file -> ClipPreprocessing.read(ConfigFile.read(file), imageSize))
                .orElseGet(() -> ClipPreprocessing.standard(imageSize));
    }

    /** The vision tower. */
    public Network network() {
        return encoder;
    }

    /** A hash that changes with anything that changes what it refuses. */
    public String fingerprint() {
        return part.fingerprint();
    }

    /** Numbers of the concepts, from 0, for which {@code picture} is refused; empty = it may be shown. */
    public List<Integer> found(Engine engine, Pixels picture, Cancellation cancellation) {
        return concepts.found(encoder.imageEmbeds(engine, processor.process(picture), cancellation));
    }
}
