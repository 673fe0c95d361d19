package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.ExternalData;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.IntegerWeight;
import dev.triptych.diffusion.weights.KernelWeight;
import dev.triptych.diffusion.weights.QuantisedWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import dev.triptych.diffusion.weights.WidenedWeight;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a network's weights the initializers of a graph. Those in files stay where they lie: ONNX Runtime maps F32
 * weights without a copy. Narrower and computed ones are declared in the same way, and handed over by value when the
 * model is loaded.
 *
 * <p>Locations are relative to the root of the file system: so one folder, given at load, serves files anywhere, and
 * the blobs behind a Hugging Face cache's links are reached without leaving it.
 */
public final class WeightBinder {

    private final GraphBuilder graph;
    private final Weights weights;
    private final Path root;
    private final IntegerLayers integers;
    private final Map<String, String> values = new HashMap<>();
    private final Map<String, Weight> bound = new LinkedHashMap<>();
    private final Map<String, Set<GraphBuilder.Form>> forms = new HashMap<>();
    private final Map<String, QuantisedBlocks.Views> views = new HashMap<>();
    private long largest;

    WeightBinder(GraphBuilder graph, Weights weights) {
        this.graph = graph;
        this.weights = weights;
        this.root = rootOf(Path.of(weights.source()).toAbsolutePath());
        this.integers = new IntegerLayers(graph, this);
    }

    /** Whether there is a tensor {@code name}. */
    public boolean has(String name) {
        return weights.has(name);
    }

    /** The tensor {@code name} as a value of the type that is computed in. */
    public Value floats(String name, long... shape) {
        return floats(name, weights.require(name, shape));
    }

    /** The tensor {@code name} as a value of 32-bit floats, whatever is computed in. */
    public Value exact(String name, long... shape) {
        Weight tensor = weights.require(name, shape);
        if (graph.floats() == ElementType.FLOAT) {
            return floats(name, tensor);
        }
        String stored = initializer(name + ".exact", tensor);
        String value = values.computeIfAbsent(
                name + ".float", key -> graph.node("Cast", List.of(stored), to(ElementType.FLOAT)));
        return new Value(value, shape);
    }

    /** A tensor [channels] as [channels, 1, 1], so that it applies to each channel of a picture. */
    public Value perChannel(String name, long channels) {
        return floats(name, weights.require(name, channels).reshaped(channels, 1, 1));
    }

    /** The rows {@code first} to {@code first + count} of a tensor. */
    public Value rows(String name, long first, long count, long... shape) {
        return floats(name + "[" + first + "]", weights.require(name, shape).rows(first, count));
    }

    /** The rows {@code first} to {@code first + count} of a table [1, rows, width], as [count, width]. */
    public Value tableRows(String name, long first, long count, long rows, long width) {
        Weight table = weights.require(name, 1, rows, width).reshaped(rows, width);
        return floats(name + "[" + first + "]", table.rows(first, count));
    }

    /**
     * The rows of the table {@code name} at {@code ids}: looked up first, cast afterwards, so that the table stays put.
     */
    public Value lookup(String name, Value ids, long count, long width) {
        Weight required = weights.require(name, count, width);
        Weight table = required instanceof IntegerWeight integer ? integer.base() : required;
        if (table instanceof QuantisedWeight quantised && quantised.hasWholeRows()) {
            return lookup(name, quantised, ids);
        }
        String rows = graph.node("Gather", List.of(initializer(name, table), ids.name()));
        return new Value(asFloat(rows, table), 1, ids.dim(1), width);
    }

    /**
     * The same with {@code more} rows behind the table's own: a second table, small, so that the first stays put.
     *
     * @param more [rows, width], for the ids from {@code count} on
     */
    public Value lookup(String name, Weight more, Value ids, long count, long width) {
        String limit = int32(count);
        String last = int32(count - 1);
        Value known = new Value(graph.node("Min", List.of(ids.name(), last)), 1, ids.dim(1));
        Value own = lookup(name, known, count, width);
        String behind = graph.node("Max", List.of(graph.node("Sub", List.of(ids.name(), limit)), int32(0)));
        String rows = graph.node("Gather", List.of(initializer(name + "+", more), behind));
        String isOwn = graph.node(
                "Reshape", List.of(graph.node("Less", List.of(ids.name(), limit)), graph.constant(1, ids.dim(1), 1)));
        String chosen = graph.node("Where", List.of(isOwn, own.name(), asFloat(rows, more)));
        return new Value(chosen, 1, ids.dim(1), width);
    }

    private String int32(long value) {
        return graph.node("Cast", List.of(graph.constant(value)), Attribute.of("to", ElementType.INT32.number()));
    }

    /** x·Wᵀ over the last axis, with the tensor {@code name} [out, in]. */
    Value product(Value x, String name, long out) {
        return product(x, name, weights.require(name, out, Layers.last(x)));
    }

    /**
     * x·Wᵀ + b with the rows {@code first} to {@code first + count} of tensors of {@code rows} rows, where W is
     * computed with in integers; else empty.
     */
    Optional<Value> integerLinear(Value x, String name, String bias, long first, long count, long rows) {
        if (weights.tensor(name).filter(WeightBinder::isInteger).isEmpty()) {
            return Optional.empty();
        }
        Weight tensor = weights.require(name, rows, Layers.last(x));
        boolean isWhole = first == 0 && count == rows;
        Weight some = isWhole ? tensor : tensor.rows(first, count);
        if (!(some instanceof IntegerWeight integer)) {
            return Optional.empty();
        }
        Value added = isWhole ? floats(bias, rows) : rows(bias, first, count, rows);
        return Optional.of(integers.product(x, integer, Optional.of(added)));
    }

    /** The kernels {@code name} [out, in, height, width], where they are computed with in integers. */
    Optional<IntegerWeight> integerKernels(String name) {
        return weights.tensor(name).filter(WeightBinder::isInteger).map(IntegerWeight.class::cast);
    }

    /** What computes in integers. */
    IntegerLayers integers() {
        return integers;
    }

    private static boolean isInteger(Weight tensor) {
        return tensor instanceof IntegerWeight integers && integers.use() == IntegerWeight.Use.PRODUCT;
    }

    /**
     * x·Wᵀ over the last axis, with the rows {@code first} to {@code first + count} of a tensor of {@code rows} rows.
     */
    Value product(Value x, String name, long first, long count, long rows) {
        Weight tensor = weights.require(name, rows, Layers.last(x)).rows(first, count);
        return product(x, name + "[" + first + "]", tensor);
    }

    private Value product(Value x, String key, Weight tensor) {
        if (isInteger(tensor)) {
            return integers.product(x, (IntegerWeight) tensor, Optional.empty());
        }
        Value weight = floats(x, key, tensor);
        String y = graph.node(
                GraphBuilder.MICROSOFT, "FusedMatMul", List.of(x.name(), weight.name()), Attribute.of("transB", 1));
        long[] dims = x.dims();
        dims[dims.length - 1] = weight.dim(0);
        return noted(new Value(y, dims));
    }

    /** {@code value}, which may be the largest that is computed. */
    Value noted(Value value) {
        largest = Math.max(largest, Weight.elements(Weight.list(value.dims())));
        return value;
    }

    /** How many elements the largest value has that was noted. */
    long largest() {
        return largest;
    }

    /** The tensor {@code name} as a value of 32-bit floats, for a node that takes {@code x} as well. */
    Value floatsFor(Value x, String name, long... shape) {
        return floats(x, name, weights.require(name, shape));
    }

    /** Quantised weights are widened just before they are used, and each time: so they take the memory of one. */
    private Value floats(Value x, String key, Weight tensor) {
        if (tensor instanceof IntegerWeight stored) {
            return integers.widened(x, key, stored);
        }
        if (!(tensor instanceof QuantisedWeight quantised)) {
            return floats(key, tensor);
        }
        long count = quantised.elements() / quantised.blocks().elements();
        String axes = graph.node("Slice", List.of(shapeOf(x), graph.constant(0), graph.constant(1)));
        String zero = graph.node("Mul", List.of(axes, graph.constant(0)));
        String elements = QuantisedBlocks.widen(graph, quantised.blocks(), views(key, quantised, count), count, zero);
        long[] dims = quantised.dims().stream().mapToLong(Long::longValue).toArray();
        return new Value(graph.node("Reshape", List.of(elements, graph.constant(dims))), dims);
    }

    /** A value that is there only when x is: what depends on it is computed after x. */
    private String shapeOf(Value x) {
        return graph.node("Shape", List.of(x.name()));
    }

    /** The rows of a table in blocks at {@code ids} [1, n], widened after they were looked up. */
    private Value lookup(String name, QuantisedWeight table, Value ids) {
        long perRow = table.rowElements() / table.blocks().elements();
        long count = ids.dim(1) * perRow;
        QuantisedBlocks.Views blocks = views(name, table, table.dims().get(0));
        QuantisedBlocks.Views rows = new QuantisedBlocks.Views(
                rows(blocks.unsigned(), ids, count),
                rows(blocks.signed(), ids, count),
                rows(blocks.halves(), ids, count));
        String elements = QuantisedBlocks.widen(graph, table.blocks(), rows, count, graph.constant(0));
        long width = table.rowElements();
        String y = graph.node("Reshape", List.of(elements, graph.constant(1, ids.dim(1), width)));
        return new Value(y, 1, ids.dim(1), width);
    }

    private String rows(String view, Value ids, long count) {
        String rows = graph.node("Gather", List.of(view, ids.name()));
        return graph.node("Reshape", List.of(rows, graph.constant(count, -1)));
    }

    /** A tensor's blocks as initializers of {@code rows} rows, in the three types that they are read in. */
    private QuantisedBlocks.Views views(String name, QuantisedWeight tensor, long rows) {
        bind(name, tensor);
        return views.computeIfAbsent(name, key -> {
            ExternalData place = FileWeight.place(tensor.file(), tensor.offset(), tensor.length(), root);
            long width = tensor.length() / rows;
            return new QuantisedBlocks.Views(
                    graph.initializer(key + ".unsigned", ElementType.UINT8, List.of(rows, width), place),
                    graph.initializer(key + ".signed", ElementType.INT8, List.of(rows, width), place),
                    graph.initializer(key + ".halves", ElementType.FLOAT16, List.of(rows, width / 2), place));
        });
    }

    /** What has been bound so far in one form of the graph, by initializer. */
    Map<String, Weight> bound(GraphBuilder.Form form) {
        Map<String, Weight> inForm = new LinkedHashMap<>(bound);
        inForm.keySet().removeIf(name -> !forms.getOrDefault(name, Set.of()).contains(form));
        return inForm;
    }

    private void bind(String name, Weight tensor) {
        bound.put(name, tensor);
        forms.put(name, graph.forms());
    }

    /** The root of the file system that the weights are on. */
    Path root() {
        return root;
    }

    /** The kernels {@code name} in another form, as a value. */
    Value kernels(String name, KernelWeight.Form form, long... shape) {
        KernelWeight kernels = new KernelWeight(weights.require(name, shape), form);
        return floats(name + "~" + form.name(), kernels);
    }

    /** Whether the tensor {@code name} is computed with as it is, and not widened from blocks at each use. */
    boolean isWhole(String name) {
        return weights.tensor(name)
                .filter(tensor -> !(tensor instanceof QuantisedWeight || tensor instanceof IntegerWeight))
                .isPresent();
    }

    private Value floats(String key, Weight given) {
        Weight tensor = given instanceof IntegerWeight integer ? integer.base() : given;
        String value = values.computeIfAbsent(key, name -> {
            if (graph.floats() != ElementType.FLOAT) {
                return narrowed(name, tensor);
            }
            return tensor instanceof FileWeight file && file.dtype() != Dtype.F32
                    ? widened(name, file)
                    : initializer(name, tensor);
        });
        return new Value(
                value, tensor.dims().stream().mapToLong(Long::longValue).toArray());
    }

    /** A Cast, computed when the model is loaded or just before its use; for a fast CPU the weight is made before. */
    private String widened(String name, FileWeight narrow) {
        String wide = name + ".wide";
        if (graph.forms().contains(GraphBuilder.Form.ANY_DEVICE)) {
            graph.only(
                    GraphBuilder.Form.ANY_DEVICE,
                    () -> graph.lateNodeTo(wide, "Cast", List.of(initializer(name, narrow)), to(ElementType.FLOAT)));
        }
        if (graph.forms().contains(GraphBuilder.Form.CPU)) {
            graph.only(GraphBuilder.Form.CPU, () -> initializer(wide, new WidenedWeight(narrow)));
        }
        return wide;
    }

    /** A weight for a graph that computes in 16-bit floats: as it lies, or cast when the model is loaded. */
    private String narrowed(String name, Weight tensor) {
        String stored = initializer(name, tensor);
        return isStoredAs(tensor, Dtype.F16) ? stored : graph.node("Cast", List.of(stored), to(graph.floats()));
    }

    private static boolean isStoredAs(Weight tensor, Dtype type) {
        return tensor instanceof FileWeight file ? file.dtype() == type : type == Dtype.F32;
    }

    private static Attribute to(ElementType type) {
        return Attribute.of("to", type.number());
    }

    /** A tensor as it lies in its file. */
    String stored(String name, FileWeight tensor) {
        return values.computeIfAbsent(name, key -> initializer(key, tensor));
    }

    private String initializer(String name, Weight stored) {
        Weight tensor = stored instanceof QuantisedWeight quantised ? quantised.widened() : stored;
        bind(name, tensor);
        if (tensor instanceof FileWeight file) {
            return file.addTo(graph, name, root);
        }
        return graph.initializer(
                name, ElementType.FLOAT, tensor.dims(), new ExternalData(anyPlace(), 0, tensor.computedBytes()));
    }

    /** Nothing is read from there, but ONNX Runtime wants the place of every weight to exist. */
    private String anyPlace() {
        Path folder = Path.of("").toAbsolutePath();
        return root.equals(folder.getRoot())
                ? FileWeight.place(folder, 0, 0, root).location()
                : ".";
    }

    /** Rows of a table that stays as narrow as its file has it. */
    private String asFloat(String value, Weight tensor) {
        Dtype computed = graph.floats() == ElementType.FLOAT ? Dtype.F32 : Dtype.F16;
        return isStoredAs(tensor, computed) ? value : graph.node("Cast", List.of(value), to(graph.floats()));
    }

    private static Path rootOf(Path file) {
        Path root = file.getRoot();
        if (root == null) {
            throw new IllegalArgumentException("weights must have an absolute path but had " + file);
        }
        return root;
    }
}
