package dev.triptych.diffusion.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
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

    /** Where a model runs: a part of a graph may have another form for one of them. */
    public enum Form {
        /** Any device, a CPU too. */
        ANY_DEVICE,
        /** A CPU, as fast as it can. */
        CPU
    }

    private final Map<Form, ProtoWriter> graphs = new EnumMap<>(Form.class);
    private final Map<String, String> constants = new HashMap<>();
    private Set<Form> forms = EnumSet.allOf(Form.class);
    private int nodes;

    /** An empty graph. */
    public GraphBuilder(String name) {
        forms.forEach(form -> graphs.put(form, new ProtoWriter().text(2, name)));
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

    /** Declares an input of a fixed shape. */
    public String input(String name, ElementType type, long... dims) {
        add(11, valueInfo(name, type, dims));
        return name;
    }

    /** Declares an output of a fixed shape; some node must make the value {@code name}. */
    public void output(String name, ElementType type, long... dims) {
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
            List<String> outputs, String domain, String operator, List<String> inputs, Attribute... attributes) {
        ProtoWriter node = new ProtoWriter();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(3, "node_" + nodes++).text(4, operator);
        for (Attribute attribute : attributes) {
            node.message(5, attribute.proto());
        }
        if (!domain.isEmpty()) {
            node.text(7, domain);
        }
        add(1, node);
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

    /** A constant tensor of floats. */
    public String constant(List<Long> dims, float... values) {
        return constants.computeIfAbsent(dims + Arrays.toString(values), key -> {
            byte[] bytes = new byte[4 * values.length];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .put(values);
            return constant(ElementType.FLOAT, dims, bytes);
        });
    }

    /** The model, ready to be loaded, of a graph that is the same everywhere. */
    public byte[] toModel() {
        return toModel(Form.ANY_DEVICE);
    }

    /** The model in one form, ready to be loaded. */
    public byte[] toModel(Form form) {
        return new ProtoWriter()
                .number(1, IR_VERSION)
                .text(2, "triptych")
                .message(7, graph(form))
                .message(8, new ProtoWriter().text(1, "").number(2, OPSET))
                .message(8, new ProtoWriter().text(1, MICROSOFT).number(2, 1))
                .toByteArray();
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
            shape.message(1, new ProtoWriter().number(1, dim));
        }
        ProtoWriter tensorType = new ProtoWriter().number(1, type.number()).message(2, shape);
        return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensorType));
    }
}
