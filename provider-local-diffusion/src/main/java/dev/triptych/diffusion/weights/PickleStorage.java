package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.nio.file.Path;
import java.util.List;

/**
 * Numbers beside a pickle, that tensors are views of.
 *
 * @param type their type
 * @param key what the container calls them
 * @param elements how many they are
 * @param first where a view of a part begins, in elements
 * @param viewElements how many elements such a view has; all, where there is none
 */
record PickleStorage(PickleNames.ElementType type, String key, long elements, long first, long viewElements) {

    /** More than any disk holds, and few enough that their bytes can be counted. */
    private static final long MAX_ELEMENTS = 1L << 56;

    /**
     * The storage that a persistent id names: {@code ('storage', type, key, location, elements)}, in the older format
     * with {@code (key of the view, first element, elements)} behind, or None.
     *
     * @throws ModelLoadException if it is no such id
     */
    static PickleStorage of(Path file, List<Object> id) {
        boolean isId = id.size() >= 5
                && id.get(0).equals("storage")
                && id.get(1) instanceof PickleNames.Name
                && id.get(2) instanceof String
                && id.get(4) instanceof Long;
        if (!isId) {
            throw new ModelLoadException(
                    file + ": the pickle must name storages as torch does but names one in another way");
        }
        PickleNames.ElementType type = ((PickleNames.Name) id.get(1)).type();
        long elements = (Long) id.get(4);
        List<Long> view = id.size() > 5 && id.get(5) instanceof PickleMachine.Tuple tuple
                ? PickleNames.numbers(new PickleMachine.Tuple(
                        tuple.elements().subList(1, tuple.elements().size())))
                : List.of(0L, elements);
        boolean fits =
                view.size() == 2 && view.get(0) >= 0 && view.get(1) >= 0 && view.get(0) <= elements - view.get(1);
        if (elements < 0 || elements > MAX_ELEMENTS || type == PickleNames.ElementType.NO_TYPE || !fits) {
            throw new ModelLoadException(file + ": the pickle must name storages of numbers but names one of type "
                    + ((PickleNames.Name) id.get(1)).name() + " with " + elements + " elements and the view " + view);
        }
        return new PickleStorage(type, (String) id.get(2), elements, view.get(0), view.get(1));
    }

    /** Its size in bytes. */
    long bytes() {
        return Math.multiplyExact(elements, (long) type.dtype().bytes());
    }
}
