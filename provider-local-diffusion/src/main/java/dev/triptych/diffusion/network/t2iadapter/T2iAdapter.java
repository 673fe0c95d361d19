package dev.triptych.diffusion.network.t2iadapter;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.FileKind;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A T2I-Adapter over its weights. Immutable; a folder's weights are opened with the first evaluation. */
public final class T2iAdapter implements Network {

    private final T2iAdapterConfig config;
    private final String source;
    private final Supplier<Weights> weights;

    private T2iAdapter(T2iAdapterConfig config, String source, Supplier<Weights> weights) {
        this.config = config;
        this.source = source;
        this.weights = weights;
    }

    /**
     * The adapter in {@code path}: a diffusers folder, or a file, whose config is read off the shapes of its tensors.
     *
     * @throws ModelLoadException if it is missing, damaged, or not a T2I-Adapter
     */
    public static T2iAdapter open(Path path) {
        if (Files.isDirectory(path)) {
            Part part = Part.at(path);
            return new T2iAdapter(T2iAdapterConfig.read(part.config()), path.toString(), part::weights);
        }
        try {
            Weights named = T2iAdapterNames.diffusers(Weights.open(List.of(path.toRealPath()), path.toString()));
            return new T2iAdapter(T2iAdapterNames.config(named), path.toString(), () -> named);
        } catch (IOException e) {
            throw new ModelLoadException(path + " must be a T2I-Adapter but cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Whether {@code path} is a T2I-Adapter: by its config's class, or where there is none by the names of its tensors.
     *
     * @throws ModelLoadException if it is missing or damaged
     */
    public static boolean isIn(Path path) {
        if (Files.isDirectory(path)) {
            return Part.at(path).config().text("_class_name", "").equals(T2iAdapterConfig.CLASS);
        }
        return FileKind.of(Weights.open(List.of(path), path.toString()).shapes()) == FileKind.T2I_ADAPTER;
    }

    /** The config. */
    public T2iAdapterConfig config() {
        return config;
    }

    /** What changes when a weight changes. */
    public String contents() {
        return weights.get().identity();
    }

    /** The shapes, [channels, height, width], of the features of a picture of a height and width in pixels. */
    public List<List<Integer>> featureShapes(int height, int width) {
        int[] edges = {height / config.downscaleFactor(), width / config.downscaleFactor()};
        return config.blocks().stream()
                .map(block -> {
                    for (int i = 0; block.halves() && i < edges.length; i++) {
                        edges[i] = (edges[i] + 1) / 2;
                    }
                    return List.of(block.out(), edges[0], edges[1]);
                })
                .toList();
    }

    /**
     * The features of a control picture, one for each block, {@code [1, channels, height, width]} as
     * {@link #featureShapes} says.
     *
     * @param picture of the size of what is painted: both edges multiples of the config's downscale factor
     * @throws ModelLoadException if the weights are missing or damaged
     */
    public List<Tensor> features(Engine engine, Pixels picture, Cancellation cancellation) {
        float[] values = config.inChannels() == 1 ? picture.toGreyUnitTensor() : picture.toUnitTensor();
        long[] shape = {1, config.inChannels(), picture.height(), picture.width()};
        Set<String> names = new TreeSet<>();
        int count = config.blocks().size();
        IntStream.range(0, count).forEach(i -> names.add(T2iAdapterGraph.feature(i)));
        Map<String, Tensor> features =
                engine.run(this, shape(picture), Map.of("picture", new Tensor(shape, values)), names, cancellation);
        return IntStream.range(0, count)
                .mapToObj(i -> Objects.requireNonNull(features.get(T2iAdapterGraph.feature(i))))
                .toList();
    }

    /** The shape of a graph for pictures of the size of {@code picture}. */
    public static Shape shape(Pixels picture) {
        return Shape.of(picture.height(), picture.width());
    }

    @Override
    public String label() {
        return "T2I-Adapter";
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public String identity() {
        return "t2i adapter " + source + " " + config;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.MOMENTARY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return T2iAdapterGraph.build(config, weights.get(), shape);
    }
}
