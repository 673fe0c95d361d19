package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors, numbers and texts in the dict that a pickle builds, by names that say in which dicts they are. */
final class PickledDict {

    /** What holds the weights in a dict that holds other things too, the first one that is there. */
    private static final List<String> WEIGHTS = List.of("state_dict", "params_ema", "params", "model", "module");

    private static final int MAX_DEPTH = 256;
    private static final int MAX_ENTRIES = 1 << 20;

    private final Path file;
    private final long size;
    private final Storages storages;
    private final Map<String, Weight> tensors = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();
    private int entries;

    /** Finds storages in the file. */
    interface Storages {
        /** Where a storage begins in the file. */
        long start(PickleStorage storage) throws IOException;
    }

    /** @param size the file's size: no tensor is larger */
    PickledDict(Path file, long size, Storages storages) {
        this.file = file;
        this.size = size;
        this.storages = storages;
    }

    /** The tensors by name. */
    Map<String, Weight> tensors() {
        return tensors;
    }

    /** Numbers and texts by name. */
    Map<String, String> texts() {
        return texts;
    }

    /**
     * Takes what {@code root} holds.
     *
     * @throws ModelLoadException if it is no dict, or a tensor does not fit the file
     */
    void read(Object root) throws IOException {
        if (!(root instanceof Map<?, ?> dict)) {
            throw bad("must hold a dict of tensors but holds " + PickleMachine.kind(root));
        }
        for (String key : WEIGHTS) {
            if (dict.get(key) instanceof Map<?, ?> weights) {
                addTexts(dict);
                add("", weights, 0);
                return;
            }
        }
        add("", dict, 0);
    }

    private void addTexts(Map<?, ?> dict) {
        dict.forEach((key, value) -> {
            if (key instanceof String name) {
                addText(name, value);
            }
        });
    }

    private void add(String prefix, Map<?, ?> dict, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw bad("must hold dicts at most " + MAX_DEPTH + " deep but holds deeper ones");
        }
        for (Map.Entry<?, ?> entry : dict.entrySet()) {
            if (++entries > MAX_ENTRIES) {
                throw bad("must hold at most " + MAX_ENTRIES + " entries but holds more");
            }
            if (!(entry.getKey() instanceof String key)) {
                continue; // such as an optimiser's
            }
            if (entry.getValue() instanceof Map<?, ?> inner) {
                add(prefix + key + ".", inner, depth + 1);
            } else if (entry.getValue() instanceof PickleTensor tensor) {
                addTensor(prefix + key, tensor);
            } else {
                addText(prefix + key, entry.getValue());
            }
        }
    }

    private void addTensor(String name, PickleTensor tensor) throws IOException {
        if (tensor.elements() > size / tensor.dtype().bytes()) {
            throw bad("must hold tensors smaller than the file but " + name + " has the shape " + tensor.dims());
        }
        Weight weight = tensor.weight(name, file, storages.start(tensor.storage()));
        if (tensors.put(name, weight) != null) {
            throw bad("must hold tensor " + name + " once but holds it twice");
        }
    }

    private void addText(String name, Object value) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            texts.put(name, value.toString());
        }
    }

    private ModelLoadException bad(String message) {
        return new ModelLoadException(file + ": the pickle " + message);
    }
}
