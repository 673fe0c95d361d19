package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The weights of one component, from one file or several shards, under the names the graphs use. Immutable. */
public final class Weights {

    private final Path folder;
    private final List<SafetensorsFile> files;
    private final Map<String, StoredTensor> tensors;

    private Weights(Path folder, List<SafetensorsFile> files, Map<String, StoredTensor> tensors) {
        this.folder = folder;
        this.files = files;
        this.tensors = tensors;
    }

    /** The weights in {@code folder}; {@code rename} turns a name in the file into the graphs' name. */
    static Weights open(Path folder, UnaryOperator<String> rename) {
        List<SafetensorsFile> files = new ArrayList<>();
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Path path : WeightFiles.find(folder)) {
            SafetensorsFile file = SafetensorsFile.open(path);
            files.add(file);
            file.tensors().forEach((name, tensor) -> tensors.put(rename.apply(name), tensor));
        }
        return new Weights(folder, List.copyOf(files), tensors);
    }

    /** These weights and those of another folder; of two with one name, the ones here. Errors name this folder. */
    Weights and(Weights more) {
        List<SafetensorsFile> allFiles = new ArrayList<>(files);
        allFiles.addAll(more.files);
        Map<String, StoredTensor> all = new LinkedHashMap<>(more.tensors);
        all.putAll(tensors);
        return new Weights(folder, List.copyOf(allFiles), all);
    }

    /** Names of a CLIP text encoder: files of transformers 4 put {@code text_model.} before them, those of 5 do not. */
    static String clipName(String name) {
        return name.startsWith("text_model.") ? name.substring("text_model.".length()) : name;
    }

    /** Names of an autoencoder's attention: old files say query, key, value and proj_attn. */
    static String vaeName(String name) {
        return name.contains(".attentions.")
                ? name.replace(".query.", ".to_q.")
                        .replace(".key.", ".to_k.")
                        .replace(".value.", ".to_v.")
                        .replace(".proj_attn.", ".to_out.0.")
                : name;
    }

    /** The folder these weights are in. */
    public Path folder() {
        return folder;
    }

    /** Whether there is a tensor {@code name}. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /**
     * The tensor {@code name} of the shape the config asks for. A 1×1 convolution [out, in, 1, 1] stands for a matrix
     * [out, in]: the same bytes, and old autoencoders store their attention so.
     *
     * @throws ModelLoadException if it is missing, of another shape, or not floating point
     */
    public StoredTensor require(String name, Long... shape) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelLoadException(
                    folder + ": the weights must hold tensor " + name + " of shape " + List.of(shape) + " but do not");
        }
        if (!tensor.dtype().isFloat()) {
            throw new ModelLoadException(tensor.file() + ": tensor " + tensor.name()
                    + " must be F32, F16, BF16 or F64 but was " + tensor.dtype());
        }
        if (!tensor.dims().equals(List.of(shape)) && !isMatrixAsConvolution(tensor, shape)) {
            throw new ModelLoadException(tensor.file() + ": tensor " + tensor.name() + " must have the shape "
                    + List.of(shape) + " that config.json asks for but has " + tensor.dims());
        }
        return tensor.reshaped(shape);
    }

    /**
     * The value of the tensor {@code name}, a single number.
     *
     * @throws ModelLoadException if it is missing, of another shape, or not floating point
     */
    float scalar(String name) {
        StoredTensor tensor = require(name);
        return SafetensorsFile.open(tensor.file()).floats(tensor.name())[0];
    }

    /**
     * Reads every one of {@code tensors}, about as fast as the disk gives them.
     *
     * @throws ModelLoadException naming the first tensor that holds NaN or an infinity
     */
    public static void checkFinite(Collection<StoredTensor> tensors) {
        FiniteCheck.check(tensors);
    }

    /** The files. */
    List<SafetensorsFile> files() {
        return files;
    }

    private static boolean isMatrixAsConvolution(StoredTensor tensor, Long[] shape) {
        return shape.length == 2
                && tensor.name().contains(".attentions.")
                && tensor.name().matches(".*\\.(query|key|value|proj_attn|to_q|to_k|to_v|to_out\\.0)\\.weight")
                && tensor.dims().equals(List.of(shape[0], shape[1], 1L, 1L));
    }
}
