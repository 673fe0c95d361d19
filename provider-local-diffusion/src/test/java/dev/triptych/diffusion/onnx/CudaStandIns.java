package dev.triptych.diffusion.onnx;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lets a graph of CUDA's kernels run on a CPU: each kernel that a CPU lacks becomes a function of the model, written in
 * ONNX's own operators after the kernels' schemas. So a graph's numbers can be compared without a GPU.
 */
public final class CudaStandIns {

    private static final int FLOATS = 1;
    private static final int HALVES = 10;

    private CudaStandIns() {}

    /** The model, with functions in the place of the kernels: the same names, but for their last letter. */
    public static byte[] onCpu(byte[] model) {
        byte[] renamed = model.clone();
        for (String kernel : List.of("GroupNorm", "NhwcConv", "BiasSplitGelu")) {
            replace(renamed, kernel, standIn(kernel));
        }
        ProtoWriter functions = new ProtoWriter()
                .message(25, nhwcConv())
                .message(25, biasSplitGelu())
                .message(25, groupNorm("GroupNorm", false))
                .message(25, groupNorm("SkipGroupNorm", true));
        byte[] more = functions.toByteArray();
        byte[] all = Arrays.copyOf(renamed, renamed.length + more.length);
        System.arraycopy(more, 0, all, renamed.length, more.length);
        return all;
    }

    private static String standIn(String kernel) {
        return kernel.substring(0, kernel.length() - 1) + "_";
    }

    private static void replace(byte[] bytes, String from, String to) {
        byte[] wanted = from.getBytes(StandardCharsets.US_ASCII);
        byte[] instead = to.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                System.arraycopy(instead, 0, bytes, i, instead.length);
            }
        }
    }

    private static ProtoWriter nhwcConv() {
        Function f = new Function("NhwcConv", List.of("X", "W", "B"), List.of("kernel_shape", "strides", "pads"));
        f.node("Transpose", List.of("X"), "x", ints("perm", 0, 3, 1, 2));
        f.node("Transpose", List.of("W"), "w", ints("perm", 0, 3, 1, 2));
        f.node("Conv", List.of("x", "w", "B"), "y", outer("kernel_shape", 7), outer("strides", 7), outer("pads", 7));
        f.node("Transpose", List.of("y"), "Y", ints("perm", 0, 2, 3, 1));
        return f.proto();
    }

    private static ProtoWriter biasSplitGelu() {
        Function f = new Function("BiasSplitGelu", List.of("X", "B"), List.of());
        f.node("Add", List.of("X", "B"), "sum");
        f.node("Split", List.of("sum"), List.of("left", "right"), integer("axis", 2), integer("num_outputs", 2));
        f.node("Gelu", List.of("right"), "gelu");
        f.node("Mul", List.of("left", "gelu"), "Y");
        return f.proto();
    }

    private static ProtoWriter groupNorm(String name, boolean hasSkip) {
        List<String> inputs = hasSkip ? List.of("X", "gamma", "beta", "skip") : List.of("X", "gamma", "beta");
        Function f = new Function(name, inputs, List.of("groups", "epsilon", "activation", "channels_last"));
        f.node("Cast", List.of("X"), "plain", integer("to", FLOATS));
        if (hasSkip) { // [N, C], added to each pixel
            f.constant("pixels", 1, 2);
            f.node("Cast", List.of("skip"), "wide", integer("to", FLOATS));
            f.node("Unsqueeze", List.of("wide", "pixels"), "each");
            f.node("Add", List.of("plain", "each"), "x");
        } else {
            f.node("Identity", List.of("plain"), "x");
        }
        f.node("Transpose", List.of("x"), "first", ints("perm", 0, 3, 1, 2));
        f.node("Shape", List.of("first"), "shape");
        f.node("Constant", List.of(), "number", renamed("value_int", "groups", 2));
        f.constant("zero", 0);
        f.constant("rest", -1);
        f.node("Reshape", List.of("number", "rest"), "groupCount");
        f.node("Concat", List.of("zero", "groupCount", "rest"), "grouped", integer("axis", 0));
        f.node("Reshape", List.of("first", "grouped"), "values");
        f.node("ReduceMean", List.of("values", "rest"), "mean");
        f.node("Sub", List.of("values", "mean"), "centred");
        f.node("Mul", List.of("centred", "centred"), "squares");
        f.node("ReduceMean", List.of("squares", "rest"), "variance");
        f.node("Constant", List.of(), "small", renamed("value_float", "epsilon", 1));
        f.node("Add", List.of("variance", "small"), "more");
        f.node("Sqrt", List.of("more"), "deviation");
        f.node("Div", List.of("centred", "deviation"), "normal");
        f.node("Reshape", List.of("normal", "shape"), "picture");
        f.node("Transpose", List.of("picture"), "last", ints("perm", 0, 2, 3, 1));
        f.node("Mul", List.of("last", "gamma"), "scaled");
        f.node("Add", List.of("scaled", "beta"), "shifted");
        f.node("Constant", List.of(), "code", renamed("value_int", "activation", 2));
        f.node("Cast", List.of("code"), "activated", integer("to", FLOATS));
        f.node("Mul", List.of("shifted", "activated"), "exponent"); // sigmoid(0) = ½, so 2 · ½ where there is none
        f.node("Sigmoid", List.of("exponent"), "sigmoid");
        f.node("Constant", List.of(), "two", real("value_float", 2));
        f.node("Sub", List.of("two", "activated"), "factor");
        f.node("Mul", List.of("sigmoid", "factor"), "gate");
        f.node("Mul", List.of("shifted", "gate"), "y");
        f.node("Cast", List.of("y"), "Y", integer("to", HALVES));
        return f.proto();
    }

    private static ProtoWriter integer(String name, long value) {
        return new ProtoWriter().text(1, name).number(3, value).number(20, 2);
    }

    private static ProtoWriter real(String name, float value) {
        return new ProtoWriter().text(1, name).fixed32(2, value).number(20, 1);
    }

    private static ProtoWriter ints(String name, long... values) {
        ProtoWriter attribute = new ProtoWriter().text(1, name).number(20, 7);
        Arrays.stream(values).forEach(value -> attribute.number(8, value));
        return attribute;
    }

    /** The function's own attribute of this name. */
    private static ProtoWriter outer(String name, int type) {
        return renamed(name, name, type);
    }

    private static ProtoWriter renamed(String name, String ofFunction, int type) {
        return new ProtoWriter().text(1, name).number(20, type).text(21, ofFunction);
    }

    /** A {@code FunctionProto}. */
    private static final class Function {

        private final ProtoWriter proto = new ProtoWriter();
        private final List<String> names = new ArrayList<>();

        Function(String kernel, List<String> inputs, List<String> attributes) {
            proto.text(1, standIn(kernel));
            inputs.forEach(input -> proto.text(4, input));
            proto.text(5, "Y");
            attributes.forEach(attribute -> proto.text(6, attribute));
            proto.message(9, new ProtoWriter().text(1, "").number(2, 20));
            proto.text(10, GraphBuilder.MICROSOFT);
        }

        void node(String operator, List<String> inputs, String output, ProtoWriter... attributes) {
            node(operator, inputs, List.of(output), attributes);
        }

        void node(String operator, List<String> inputs, List<String> outputs, ProtoWriter... attributes) {
            ProtoWriter node = new ProtoWriter();
            inputs.forEach(input -> node.text(1, input));
            outputs.forEach(output -> node.text(2, output));
            node.text(3, "n" + names.size()).text(4, operator);
            names.add(operator);
            for (ProtoWriter attribute : attributes) {
                node.message(5, attribute);
            }
            proto.message(7, node);
        }

        void constant(String output, long... values) {
            node("Constant", List.of(), output, ints("value_ints", values));
        }

        ProtoWriter proto() {
            return proto;
        }
    }
}
