package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The names that a pickle of tensors may mention, and what each means here. A name is a word of this table: nothing is
 * looked up by it.
 */
final class PickleNames {

    /** What calling a name does. */
    private enum Action {
        /** Gives an ordered dict. */
        ORDERED_DICT,
        /** Gives a tensor: storage, offset, size, stride, and more that does not matter. */
        TENSOR,
        /** Gives a tensor over a storage without a type: a type comes after the others. */
        TYPED_TENSOR,
        /** Gives the first argument. */
        FIRST_ARGUMENT,
        /** Gives an ordered dict of parameters. */
        PARAMETER_DICT,
        /** Gives something that means nothing to us. */
        NOTHING,
        /** May be mentioned, and not called. */
        NOT_CALLED
    }

    /** A name of the table; a type of elements or of storages has that type. */
    record Name(String name, Action action, ElementType type) {

        /** Whether it is torch's ParameterDict, which is made without a call. */
        boolean isParameterDict() {
            return action == Action.PARAMETER_DICT;
        }
    }

    /** Of which type the elements of a storage or a tensor are. */
    enum ElementType {
        /** Not a type. */
        NO_TYPE(Dtype.U8),
        /** A type that no weights have. */
        FOREIGN(Dtype.U8),
        /** A storage counted in bytes. */
        UNTYPED(Dtype.U8),
        /** 64-bit float. */
        DOUBLE(Dtype.F64),
        /** 32-bit float. */
        FLOAT(Dtype.F32),
        /** Half precision. */
        HALF(Dtype.F16),
        /** Upper half of a 32-bit float. */
        BFLOAT16(Dtype.BF16),
        /** 8-bit float. */
        FLOAT8_E4M3FN(Dtype.F8_E4M3),
        /** 8-bit float with 5 exponent bits. */
        FLOAT8_E5M2(Dtype.F8_E5M2),
        /** 64-bit integer. */
        LONG(Dtype.I64),
        /** 32-bit integer. */
        INT(Dtype.I32),
        /** 16-bit integer. */
        SHORT(Dtype.I16),
        /** 8-bit integer. */
        CHAR(Dtype.I8),
        /** Unsigned 8-bit integer. */
        BYTE(Dtype.U8),
        /** Truth value. */
        BOOL(Dtype.BOOL);

        private final Dtype dtype;

        ElementType(Dtype dtype) {
            this.dtype = dtype;
        }

        Dtype dtype() {
            return dtype;
        }
    }

    private static final Map<String, Name> TABLE = table();

    private PickleNames() {}

    private static Map<String, Name> table() {
        Map<String, Name> table = new HashMap<>();
        add(table, Action.ORDERED_DICT, "collections OrderedDict");
        add(table, Action.TENSOR, "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor");
        add(table, Action.TYPED_TENSOR, "torch._utils _rebuild_tensor_v3");
        add(
                table,
                Action.FIRST_ARGUMENT,
                "torch._utils _rebuild_parameter",
                "torch._utils _rebuild_parameter_with_state",
                "torch.nn.parameter Parameter");
        add(table, Action.PARAMETER_DICT, "torch.nn.modules.container ParameterDict");
        add(
                table,
                Action.NOTHING,
                "torch Size",
                "torch device",
                "torch.serialization _get_layout",
                "__builtin__ set",
                "builtins set",
                "numpy.core.multiarray scalar",
                "numpy._core.multiarray scalar",
                "numpy dtype",
                "_codecs encode");
        add(
                table,
                Action.NOT_CALLED,
                "pytorch_lightning.callbacks.model_checkpoint ModelCheckpoint",
                "pytorch_lightning.callbacks model_checkpoint",
                "lightning.pytorch.callbacks.model_checkpoint ModelCheckpoint");
        for (String storage :
                List.of("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")) {
            ElementType type = ElementType.valueOf(storage.toUpperCase(Locale.ROOT));
            type(table, "torch " + storage + "Storage", type);
            type(table, "torch.storage " + storage + "Storage", type);
        }
        type(table, "torch.storage UntypedStorage", ElementType.UNTYPED);
        type(table, "torch UntypedStorage", ElementType.UNTYPED);
        type(table, "torch.storage TypedStorage", ElementType.UNTYPED);
        Map.of("float64", ElementType.DOUBLE, "float32", ElementType.FLOAT, "float16", ElementType.HALF)
                .forEach((name, type) -> type(table, "torch " + name, type));
        Map.of(
                        "int64",
                        ElementType.LONG,
                        "int32",
                        ElementType.INT,
                        "int16",
                        ElementType.SHORT,
                        "int8",
                        ElementType.CHAR)
                .forEach((name, type) -> type(table, "torch " + name, type));
        Map.of("uint8", ElementType.BYTE, "bool", ElementType.BOOL, "bfloat16", ElementType.BFLOAT16)
                .forEach((name, type) -> type(table, "torch " + name, type));
        type(table, "torch float8_e4m3fn", ElementType.FLOAT8_E4M3FN);
        type(table, "torch float8_e5m2", ElementType.FLOAT8_E5M2);
        for (String foreign : List.of("uint16", "uint32", "uint64", "complex64", "complex128")) {
            type(table, "torch " + foreign, ElementType.FOREIGN);
        }
        return Map.copyOf(table);
    }

    private static void add(Map<String, Name> table, Action action, String... names) {
        for (String name : names) {
            table.put(name, new Name(name.replace(' ', '.'), action, ElementType.NO_TYPE));
        }
    }

    private static void type(Map<String, Name> table, String name, ElementType type) {
        table.put(name, new Name(name.replace(' ', '.'), Action.NOT_CALLED, type));
    }

    /**
     * The name {@code "module name"}.
     *
     * @throws ModelLoadException if it is not in the table
     */
    static Name find(Path file, String moduleAndName, long at) {
        Name name = TABLE.get(moduleAndName);
        if (name == null) {
            throw new ModelLoadException(file + ": the pickle must hold tensors alone but names "
                    + printable(moduleAndName.replace(' ', '.')) + " at byte " + at
                    + ", which could run code: it is not read");
        }
        return name;
    }

    /**
     * What calling {@code name} gives.
     *
     * @throws ModelLoadException if it may not be called, or not with these arguments
     */
    static Object call(Path file, Name name, List<Object> arguments, long at) {
        return switch (name.action()) {
            case ORDERED_DICT -> orderedDict(arguments);
            case PARAMETER_DICT -> new LinkedHashMap<>();
            case TENSOR -> PickleTensor.of(file, arguments, ElementType.NO_TYPE);
            case TYPED_TENSOR -> PickleTensor.of(file, arguments, typeAt(arguments, 6));
            case FIRST_ARGUMENT -> arguments.isEmpty() ? PickleMachine.NONE : arguments.get(0);
            case NOTHING -> PickleMachine.INERT;
            case NOT_CALLED ->
                throw new ModelLoadException(file + ": the pickle must not call " + name.name()
                        + " but calls it at byte " + at + ": it is not read");
        };
    }

    private static ElementType typeAt(List<Object> arguments, int index) {
        return arguments.size() > index && arguments.get(index) instanceof Name type
                ? type.type()
                : ElementType.FOREIGN;
    }

    private static Object orderedDict(List<Object> arguments) {
        Map<Object, Object> dict = new LinkedHashMap<>();
        if (!arguments.isEmpty() && arguments.get(0) instanceof List<?> pairs) {
            for (Object pair : pairs) {
                List<?> both = pair instanceof PickleMachine.Tuple tuple
                        ? tuple.elements()
                        : pair instanceof List<?> list ? list : List.of();
                if (both.size() == 2) {
                    PickleMachine.put(dict, both.get(0), both.get(1));
                }
            }
        }
        return dict;
    }

    @SuppressWarnings("unchecked") // every map of the machine has this type
    static Map<Object, Object> map(Object value) {
        return (Map<Object, Object>) value;
    }

    @SuppressWarnings("unchecked") // every list of the machine has this type
    static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.chars()
                .limit(128)
                .forEach(character -> printable.append(character > 0x20 && character < 0x7f ? (char) character : '?'));
        return printable.toString();
    }

    /** The numbers of a tuple, a list or a torch.Size. */
    static List<Long> numbers(Object value) {
        List<?> elements = value instanceof PickleMachine.Tuple tuple
                ? tuple.elements()
                : value instanceof List<?> list ? list : List.of(PickleMachine.NONE);
        List<Long> numbers = new ArrayList<>();
        for (Object element : elements) {
            numbers.add(element instanceof Long number ? number : -1L);
        }
        return numbers;
    }
}
