package dev.triptych.diffusion.onnx;

/** A constant setting of a node, such as an epsilon or a list of strides. Immutable. */
public final class Attribute {

    private static final int FLOAT = 1;
    private static final int INT = 2;
    private static final int STRING = 3;
    private static final int INTS = 7;

    private final ProtoWriter proto;

    private Attribute(String name, int type) {
        proto = new ProtoWriter().text(1, name).number(20, type);
    }

    /** A floating-point number. */
    public static Attribute of(String name, float value) {
        Attribute attribute = new Attribute(name, FLOAT);
        attribute.proto.fixed32(2, value);
        return attribute;
    }

    /** A whole number. */
    public static Attribute of(String name, long value) {
        Attribute attribute = new Attribute(name, INT);
        attribute.proto.number(3, value);
        return attribute;
    }

    /** A text. */
    public static Attribute of(String name, String value) {
        Attribute attribute = new Attribute(name, STRING);
        attribute.proto.text(4, value);
        return attribute;
    }

    /** A list of whole numbers. */
    public static Attribute ofList(String name, long... values) {
        Attribute attribute = new Attribute(name, INTS);
        for (long value : values) {
            attribute.proto.number(8, value);
        }
        return attribute;
    }

    ProtoWriter proto() {
        return proto;
    }
}
