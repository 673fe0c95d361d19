package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a pickle that builds tensors and plain values, and nothing else. Of pickle's operations it knows those that
 * {@code torch.save} writes; a name that the pickle mentions is looked up in {@link PickleNames}, never as a class. All
 * else is refused by name. Not thread-safe.
 *
 * <p>Python's values become Long, BigInteger, Double, Boolean, String, List, Map, {@link Tuple}, {@link PickleTensor},
 * {@link PickleStorage}, {@link PickleNames.Name} and {@link #NONE}.
 *
 * <p>Reference: Python's {@code pickletools}; torch's {@code _weights_only_unpickler.py}.
 */
final class PickleMachine {

    /** Python's {@code None}. */
    static final Object NONE = new Object();

    /** A value that means nothing to us: a device, a set, a number of numpy's. */
    static final Object INERT = new Object();

    private static final Object MARK = new Object();

    private static final int MAX_STACK = 1 << 20;
    private static final int MAX_TEXT = 1 << 20;
    private static final int MAX_INTEGER_BYTES = 16;

    private final Path file;
    private final BinaryInput in;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private final Map<String, PickleStorage> storages = new HashMap<>();

    /** A sequence that cannot change; equal to itself alone, so that no depth of tuples makes a key expensive. */
    record Tuple(List<Object> elements) {
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }

        @Override
        public String toString() {
            return "a tuple of " + elements.size();
        }
    }

    PickleMachine(Path file, BinaryInput in) {
        this.file = file;
        this.in = in;
    }

    /**
     * Runs the pickle that comes next in the file.
     *
     * @return what it builds
     * @throws ModelLoadException if it does anything else than building tensors and plain values
     */
    Object run() {
        stack.clear();
        memo.clear();
        while (true) {
            long at = in.position();
            int opcode = in.unsignedByte();
            if (opcode == '.') {
                return pop();
            }
            step(opcode, at);
            if (stack.size() > MAX_STACK || memo.size() > MAX_STACK) {
                throw bad("must keep at most " + MAX_STACK + " values at a time but keeps more");
            }
        }
    }

    private void step(int opcode, long at) {
        switch (opcode) {
            case 0x80 -> protocol(in.unsignedByte(), at);
            case 0x95 -> in.require(in.longInteger()); // FRAME
            case '}' -> push(new LinkedHashMap<>());
            case ']' -> push(new ArrayList<>());
            case ')' -> push(new Tuple(List.of()));
            case 0x8f -> push(INERT); // EMPTY_SET
            case '(' -> push(MARK);
            case 't' -> push(new Tuple(popToMark()));
            case 0x85 -> pushTuple(1);
            case 0x86 -> pushTuple(2);
            case 0x87 -> pushTuple(3);
            case 'X' -> push(text(in.unsignedInteger()));
            case 0x8c -> push(text(in.unsignedByte()));
            case 'U' -> push(text(in.unsignedByte())); // SHORT_BINSTRING
            case 'J' -> push((long) in.integer());
            case 'K' -> push((long) in.unsignedByte());
            case 'M' -> push((long) in.unsignedShort());
            case 0x8a -> push(longInteger(in.unsignedByte()));
            case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.longInteger())));
            case 'N' -> push(NONE);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'h' -> push(remembered(in.unsignedByte()));
            case 'j' -> push(remembered(in.unsignedInteger()));
            case 'q' -> memo.put((long) in.unsignedByte(), top());
            case 'r' -> memo.put(in.unsignedInteger(), top());
            case 0x94 -> memo.put((long) memo.size(), top());
            case 's' -> setItems(popMany(2));
            case 'u' -> setItems(popToMark());
            case 'a' -> list().addAll(popMany(1));
            case 'e' -> append(popToMark());
            case 'c' -> push(PickleNames.find(file, line() + " " + line(), at));
            case 0x93 -> pushNamed(at);
            case 'R' -> call(at);
            case 'b' -> build(pop(), at);
            case 0x81 -> newObject(at);
            case 'Q' -> push(storage(pop()));
            default -> throw refused(opcode, at);
        }
    }

    private void protocol(int version, long at) {
        if (version < 2 || version > 5) {
            throw bad("must be of protocol 2 to 5 but is of protocol " + version + " at byte " + at);
        }
    }

    private void pushTuple(int size) {
        push(new Tuple(popMany(size)));
    }

    private Object text(long length) {
        if (length > MAX_TEXT) {
            throw bad("must hold texts of at most " + MAX_TEXT + " bytes but holds one of " + length);
        }
        return in.text(length);
    }

    private Object longInteger(int length) {
        if (length > MAX_INTEGER_BYTES) {
            throw bad("must hold numbers of at most " + MAX_INTEGER_BYTES + " bytes but holds one of " + length);
        }
        byte[] bytes = in.bytes(length);
        byte[] bigEndian = new byte[length + 1];
        for (int i = 0; i < length; i++) {
            bigEndian[length - i] = bytes[i];
        }
        bigEndian[0] = (byte) (length > 0 && bytes[length - 1] < 0 ? -1 : 0);
        BigInteger number = new BigInteger(bigEndian);
        return number.bitLength() < Long.SIZE ? (Object) number.longValueExact() : number;
    }

    /** A line of a GLOBAL. */
    private String line() {
        StringBuilder line = new StringBuilder();
        for (int next = in.unsignedByte(); next != '\n'; next = in.unsignedByte()) {
            if (line.length() > 255) {
                throw bad("must name things in at most 255 characters but a name is longer");
            }
            line.append((char) next);
        }
        return line.toString();
    }

    private Object remembered(long key) {
        Object value = memo.get(key);
        if (value == null) {
            throw bad("must use values that it made but uses number " + key + " before making it");
        }
        return value;
    }

    private void setItems(List<Object> pairs) {
        Object target = top();
        if (!(target instanceof Map<?, ?>) || pairs.size() % 2 != 0) {
            throw bad("must set pairs in a dict but sets " + pairs.size() + " values in " + kind(target));
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            put(PickleNames.map(target), pairs.get(i), pairs.get(i + 1));
        }
    }

    /** Keys that could be expensive to compare do not become keys. */
    static void put(Map<Object, Object> map, Object key, Object value) {
        boolean isPlain = key instanceof String
                || key instanceof Number
                || key instanceof Boolean
                || key instanceof Tuple
                || key instanceof PickleNames.Name;
        map.put(isPlain ? key : new Tuple(List.of(kind(key))), value);
    }

    private List<Object> list() {
        Object target = stack.size() < 2 ? NONE : stack.get(stack.size() - 2);
        if (target instanceof List<?>) {
            return PickleNames.list(target);
        }
        throw bad("must append to a list but appends to " + kind(target));
    }

    private void append(List<Object> values) {
        Object target = top();
        if (target == INERT) { // a set of numpy's or Python's
            return;
        }
        if (!(target instanceof List<?>)) {
            throw bad("must append to a list but appends to " + kind(target));
        }
        PickleNames.list(target).addAll(values);
    }

    private void pushNamed(long at) {
        List<Object> names = popMany(2);
        if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
            throw bad("must name things by text but names one by " + kind(names.get(0)));
        }
        push(PickleNames.find(file, module + " " + name, at));
    }

    private void call(long at) {
        List<Object> call = popMany(2);
        if (!(call.get(0) instanceof PickleNames.Name name) || !(call.get(1) instanceof Tuple arguments)) {
            throw bad("must call names with tuples but calls " + kind(call.get(0)) + " at byte " + at);
        }
        push(PickleNames.call(file, name, arguments.elements(), at));
    }

    private void newObject(long at) {
        List<Object> call = popMany(2);
        if (!(call.get(0) instanceof PickleNames.Name name) || !name.isParameterDict()) {
            throw bad("must make no objects but makes " + kind(call.get(0)) + " at byte " + at);
        }
        push(new LinkedHashMap<>());
    }

    private void build(Object state, long at) {
        Object target = top();
        if (target == INERT) {
            return;
        }
        if (!(target instanceof Map<?, ?>)) {
            throw bad("must set the state of dicts alone but sets that of " + kind(target) + " at byte " + at);
        }
        // An OrderedDict's state is its _metadata; a ParameterDict's holds what it has.
        Object held = state instanceof Map<?, ?> attributes ? attributes.get("_parameters") : null;
        if (held instanceof Map<?, ?> parameters) {
            parameters.forEach(PickleNames.map(target)::put);
        }
    }

    private Object storage(Object id) {
        if (!(id instanceof Tuple tuple)) {
            throw bad("must name a storage by a tuple but names one by " + kind(id));
        }
        PickleStorage storage = PickleStorage.of(file, tuple.elements());
        PickleStorage before = storages.putIfAbsent(storage.key(), storage);
        if (before != null && (before.type() != storage.type() || before.elements() != storage.elements())) {
            throw bad("must name the storage " + storage.key() + " alike each time but does not");
        }
        return storage;
    }

    /** The storages that pickles have named so far, by their keys. */
    Map<String, PickleStorage> storages() {
        return storages;
    }

    private void push(Object value) {
        stack.add(value);
    }

    private Object top() {
        if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
            throw bad("must have a value to work on but has none");
        }
        return stack.get(stack.size() - 1);
    }

    private Object pop() {
        Object value = top();
        stack.remove(stack.size() - 1);
        return value;
    }

    private List<Object> popMany(int count) {
        Object[] values = new Object[count];
        for (int i = count - 1; i >= 0; i--) {
            values[i] = pop();
        }
        return new ArrayList<>(List.of(values));
    }

    private List<Object> popToMark() {
        int mark = stack.size() - 1;
        while (mark >= 0 && stack.get(mark) != MARK) {
            mark--;
        }
        if (mark < 0) {
            throw bad("must mark where a group begins but does not");
        }
        List<Object> group = stack.subList(mark + 1, stack.size());
        List<Object> values = new ArrayList<>(group);
        group.clear();
        stack.remove(mark);
        return values;
    }

    /** A value as messages call it; never its contents. */
    static String kind(Object value) {
        if (value instanceof PickleNames.Name name) {
            return name.name();
        }
        return value == NONE
                ? "None"
                : value instanceof Map<?, ?>
                        ? "a dict"
                        : value instanceof List<?>
                                ? "a list"
                                : value instanceof String
                                        ? "a text"
                                        : value instanceof Number
                                                ? "a number"
                                                : value instanceof PickleTensor
                                                        ? "a tensor"
                                                        : value instanceof Tuple ? "a tuple" : "another value";
    }

    private ModelLoadException refused(int opcode, long at) {
        String name = OPCODES.getOrDefault(opcode, "0x" + Integer.toHexString(opcode));
        return bad("must hold tensors alone but has the operation " + name + " at byte " + at + ": it is not read");
    }

    private ModelLoadException bad(String message) {
        return new ModelLoadException(file + ": the pickle " + message);
    }

    /** Names of operations that are refused, from Python's pickle.py. */
    private static final Map<Integer, String> OPCODES = Collections.unmodifiableMap(opcodes());

    private static Map<Integer, String> opcodes() {
        Map<Integer, String> names = new HashMap<>();
        Map.of(
                        'i', "INST", 'o', "OBJ", 'P', "PERSID", 'S', "STRING", 'V', "UNICODE", 'I', "INT", 'L', "LONG",
                        'F', "FLOAT")
                .forEach((code, name) -> names.put((int) code, name));
        Map.of(
                        'T',
                        "BINSTRING",
                        'B',
                        "BINBYTES",
                        'C',
                        "SHORT_BINBYTES",
                        'p',
                        "PUT",
                        'g',
                        "GET",
                        'd',
                        "DICT",
                        'l',
                        "LIST")
                .forEach((code, name) -> names.put((int) code, name));
        Map.of('0', "POP", '1', "POP_MARK", '2', "DUP").forEach((code, name) -> names.put((int) code, name));
        Map.of(0x82, "EXT1", 0x83, "EXT2", 0x84, "EXT4", 0x8b, "LONG4", 0x8d, "BINUNICODE8", 0x8e, "BINBYTES8")
                .forEach(names::put);
        Map.of(0x90, "ADDITEMS", 0x91, "FROZENSET", 0x92, "NEWOBJ_EX", 0x96, "BYTEARRAY8", 0x97, "NEXT_BUFFER")
                .forEach(names::put);
        names.put(0x98, "READONLY_BUFFER");
        return names;
    }
}
