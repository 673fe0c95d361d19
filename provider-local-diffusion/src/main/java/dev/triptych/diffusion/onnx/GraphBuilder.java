package dev.triptych.diffusion.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Builds an ONNX model node by node and writes it as a {@code ModelProto}. A value is known by its name; every method
 * that makes one returns the name. Not thread-safe.
 *
 * <pre>{@code
 * GraphBuilder graph = new GraphBuilder("twice");
 * graph.input("x", ElementType.FLOAT, 1, 3);
 * graph.output("y", ElementType.FLOAT, 1, 3);
 * graph.nodeTo("y", "", "Add", List.of("x", "x"));
 * byte[] model = graph.toModel();
 * }</pre>
 *
 * The field numbers are those of onnx.proto, ONNX 1.18 (IR version 11, operator set 23).
 */
public final class GraphBuilder {

    /** ONNX Runtime's own operators. */
    public static final String MICROSOFT = "com.microsoft";

    private static final int IR_VERSION = 11;
    private static final int OPSET = 23;

    /** The length of an axis that takes as much as comes in; in a shape that a value is given, "as it was". */
    private static final String AS_MANY = "pictures";

    /** Where a model runs: a part of a graph may have another form for one of them. */
    public enum Form {
        /** Any device, a CPU too. */
        ANY_DEVICE,
        /** A CPU, as fast as it can. */
        CPU
    }

    private final Map<Form, ProtoWriter> graphs = new EnumMap<>(Form.class);
    private final Map<Form, List<Node>> nodesOf = new EnumMap<>(Form.class);
    private final Set<String> outputs = new HashSet<>();
    private final Map<String, String> constants = new HashMap<>();
    private final ElementType floats;
    private final int operators;
    private Set<Form> forms = EnumSet.allOf(Form.class);
    private int nodes;

    /** @param late whether it is computed as late as what needs it allows */
    private record Node(ProtoWriter proto, List<String> inputs, List<String> outputs, boolean late) {}

    /** An empty graph that computes in 32-bit floats. */
    public GraphBuilder(String name) {
        this(name, ElementType.FLOAT, OPSET);
    }

    /**
     * An empty graph.
     *
     * @param floats the type that it computes in, which constant floats get too: FLOAT or FLOAT16
     * @param operators the version of ONNX's operators
     */
    public GraphBuilder(String name, ElementType floats, int operators) {
        this.floats = floats;
        this.operators = operators;
        for (Form form : forms) {
            graphs.put(form, new ProtoWriter().text(2, name));
            nodesOf.put(form, new ArrayList<>());
        }
    }

    /** The type that it computes in. */
    public ElementType floats() {
        return floats;
    }

    /** What is added meanwhile is part of one form alone. */
    public <T> T only(Form form, Supplier<T> part) {
        Set<Form> before = forms;
        forms = EnumSet.of(form);
        try {
            return part.get();
        } finally {
            forms = before;
        }
    }

    /** What is added meanwhile is part of one form alone. */
    public void only(Form form, Runnable part) {
        only(form, () -> {
            part.run();
            return form;
        });
    }

    /** The forms that what is added now is part of. */
    public Set<Form> forms() {
        return EnumSet.copyOf(forms);
    }

    /** Declares an input; 0 stands for an axis that takes as much as comes in. */
    public String input(String name, ElementType type, long... dims) {
        add(11, valueInfo(name, type, dims));
        return name;
    }

    /** Declares an output; some node must make the value {@code name}. */
    public void output(String name, ElementType type, long... dims) {
        outputs.add(name);
        add(12, valueInfo(name, type, dims));
    }

    /** A node of ONNX's own operators with one output, whose name it returns. */
    public String node(String operator, List<String> inputs, Attribute... attributes) {
        return node("", operator, inputs, attributes);
    }

    /** A node with one output, whose name it returns. */
    public String node(String domain, String operator, List<String> inputs, Attribute... attributes) {
        String output = operator + "_" + nodes;
        nodeTo(output, domain, operator, inputs, attributes);
        return output;
    }

    /** A node whose only output gets a name chosen by the caller. */
    public void nodeTo(String output, String domain, String operator, List<String> inputs, Attribute... attributes) {
        nodeTo(List.of(output), domain, operator, inputs, attributes);
    }

    /** A node with several outputs; an empty name leaves an optional output or input out. */
    public void nodeTo(
            List<String> values, String domain, String operator, List<String> inputs, Attribute... attributes) {
        addNode(values, domain, operator, inputs, false, attributes);
    }

    private void addNode(
            List<String> values,
            String domain,
            String operator,
            List<String> inputs,
            boolean late,
            Attribute... attributes) {
        ProtoWriter node = new ProtoWriter();
        inputs.forEach(input -> node.text(1, input));
        values.forEach(value -> node.text(2, value));
        node.text(3, "node_" + nodes++).text(4, operator);
        for (Attribute attribute : attributes) {
            node.message(5, attribute.proto());
        }
        if (!domain.isEmpty()) {
            node.text(7, domain);
        }
        forms.forEach(form -> nodes(form).add(new Node(node, List.copyOf(inputs), List.copyOf(values), late)));
    }

    /**
     * A node over initializers alone that is computed just before what needs it, so that what it makes of them does not
     * take memory before. ONNX Runtime orders nodes by a walk from the outputs back to their inputs, and of a node's
     * inputs goes first into the one whose node stands last in the model (GraphViewer, NodeCompare): so these stand
     * first.
     */
    public void lateNodeTo(String output, String operator, List<String> inputs, Attribute... attributes) {
        addNode(List.of(output), "", operator, inputs, true, attributes);
    }

    /** A name for one more value, not yet used. */
    public String fresh(String hint) {
        return hint + "_" + nodes;
    }

    /** An initializer whose bytes stay in a file beside the model. */
    public String initializer(String name, ElementType type, List<Long> dims, ExternalData data) {
        ProtoWriter tensor = tensor(name, type, dims);
        tensor.message(13, entry("location", data.location()));
        tensor.message(13, entry("offset", Long.toString(data.offset())));
        tensor.message(13, entry("length", Long.toString(data.length())));
        tensor.number(14, 1);
        add(5, tensor);
        return name;
    }

    /** A constant list of whole numbers, such as a shape; equal lists are one value. */
    public String constant(long... values) {
        return constants.computeIfAbsent(Arrays.toString(values), key -> {
            byte[] bytes = new byte[8 * values.length];
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
            return constant(ElementType.INT64, List.of((long) values.length), bytes);
        });
    }

    /** A constant tensor of bytes, 0 to 255. */
    public String constantBytes(List<Long> dims, int... values) {
        return constants.computeIfAbsent("bytes " + dims + Arrays.toString(values), key -> {
            byte[] bytes = new byte[values.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) values[i];
            }
            return constant(ElementType.UINT8, dims, bytes);
        });
    }

    /** A constant tensor of floats, in the type that the graph computes in. */
    public String constant(List<Long> dims, float... values) {
        return constant(floats, dims, values);
    }

    /** A constant tensor of 32-bit or 16-bit floats. */
    public String constant(ElementType type, List<Long> dims, float... values) {
        return constants.computeIfAbsent(type + " " + dims + Arrays.toString(values), key -> {
            int width = type == ElementType.FLOAT ? 4 : 2;
            ByteBuffer bytes = ByteBuffer.allocate(width * values.length).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                if (type == ElementType.FLOAT) {
                    bytes.putFloat(value);
                } else {
                    bytes.putShort(HalfPrecision.bits(value));
                }
            }
            return constant(type, dims, bytes.array());
        });
    }

    /** The model, ready to be loaded, of a graph that is the same everywhere. */
    public byte[] toModel() {
        return toModel(Form.ANY_DEVICE);
    }

    /** The model in one form, ready to be loaded. Nodes that no output needs are left out. */
    public byte[] toModel(Form form) {
        ProtoWriter whole = graph(form).copy();
        List<Node> needed = needed(form);
        needed.stream().filter(Node::late).forEach(node -> whole.message(1, node.proto()));
        needed.stream().filter(node -> !node.late()).forEach(node -> whole.message(1, node.proto()));
        return new ProtoWriter()
                .number(1, IR_VERSION)
                .text(2, "triptych")
                .message(7, whole)
                .message(8, new ProtoWriter().text(1, "").number(2, operators))
                .message(8, new ProtoWriter().text(1, MICROSOFT).number(2, 1))
                .toByteArray();
    }

    /** The nodes that outputs depend on, in their order: each stands behind those it needs. */
    private List<Node> needed(Form form) {
        Set<String> values = new HashSet<>(outputs);
        Deque<Node> needed = new ArrayDeque<>();
        List<Node> all = nodes(form);
        for (int i = all.size() - 1; i >= 0; i--) {
            Node node = all.get(i);
            if (node.outputs().stream().anyMatch(values::contains)) {
                values.addAll(node.inputs());
                needed.push(node);
            }
        }
        return List.copyOf(needed);
    }

    private List<Node> nodes(Form form) {
        return Objects.requireNonNull(nodesOf.get(form));
    }

    private void add(int field, ProtoWriter message) {
        forms.forEach(form -> graph(form).message(field, message));
    }

    private ProtoWriter graph(Form form) {
        return Objects.requireNonNull(graphs.get(form));
    }

    private String constant(ElementType type, List<Long> dims, byte[] bytes) {
        String name = "constant_" + constants.size();
        ProtoWriter tensor = tensor(name, type, dims).bytes(9, bytes);
        graphs.values().forEach(graph -> graph.message(5, tensor)); // constants are shared, whoever asks first
        return name;
    }

    private static ProtoWriter tensor(String name, ElementType type, List<Long> dims) {
        ProtoWriter tensor = new ProtoWriter();
        dims.forEach(dim -> tensor.number(1, dim));
        return tensor.number(2, type.number()).text(8, name);
    }

    private static ProtoWriter entry(String key, String value) {
        return new ProtoWriter().text(1, key).text(2, value);
    }

    private static ProtoWriter valueInfo(String name, ElementType type, long... dims) {
        ProtoWriter shape = new ProtoWriter();
        for (long dim : dims) {
            shape.message(1, dim == 0 ? new ProtoWriter().text(2, AS_MANY) : new ProtoWriter().number(1, dim));
        }
        ProtoWriter tensorType = new ProtoWriter().number(1, type.number()).message(2, shape);
        return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensorType));
    }
}
