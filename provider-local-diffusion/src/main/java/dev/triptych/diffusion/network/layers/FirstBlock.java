package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How much of a transformer is computed: all of it; all of it, telling what its first block added to the picture's
 * tokens and what all others did; or the first block alone, with what the others added earlier. Three graphs over one
 * set of weights. Immutable.
 *
 * @param part which
 * @param rest what all other blocks added, [1, tokens, width]; there where they are left out
 */
public record FirstBlock(Part part, Optional<Tensor> rest) {

    /** The network's output. */
    public static final String OUTPUT = "out_sample";

    /** What the first block added to the picture's tokens, [1, tokens, width]. */
    public static final String ADDED = "first_block";

    /** What all other blocks added to them, [1, tokens, width]. */
    public static final String REST = "other_blocks";

    /** All of it. */
    public static final FirstBlock WHOLE = new FirstBlock(Part.WHOLE, Optional.empty());

    /** All of it, telling what was added. */
    public static final FirstBlock TOLD = new FirstBlock(Part.TOLD, Optional.empty());

    private static final String AXIS = "first block";

    /** Which graph. */
    public enum Part {
        /** All of it. */
        WHOLE(0),
        /** All of it, telling what was added. */
        TOLD(1),
        /** The first block. */
        ALONE(2);

        private final int code;

        Part(int code) {
            this.code = code;
        }

        private static Part of(Shape shape) {
            return switch (shape.get(AXIS)) {
                case 0 -> WHOLE;
                case 1 -> TOLD;
                default -> ALONE;
            };
        }
    }

    /** The first block, the others having added {@code rest}. */
    public static FirstBlock alone(Tensor rest) {
        return new FirstBlock(Part.ALONE, Optional.of(rest));
    }

    /** {@code shape} of the graph. */
    public Shape onto(Shape shape) {
        return part == Part.WHOLE ? shape : shape.with(AXIS, part.code);
    }

    /** Adds what the graph is fed beside the network's own inputs. */
    public void addTo(Map<String, Tensor> feeds) {
        rest.ifPresent(tensor -> feeds.put(REST, tensor));
    }

    /** What the graph answers. */
    public Set<String> outputs() {
        return switch (part) {
            case WHOLE -> Set.of(OUTPUT);
            case TOLD -> Set.of(OUTPUT, ADDED, REST);
            case ALONE -> Set.of(OUTPUT, ADDED);
        };
    }

    /** A graph under construction, cut as its shape says. */
    public static final class Cut {

        private final Layers layers;
        private final Part part;
        private Optional<Value> behindFirst = Optional.empty();

        /** The cut of a graph of {@code shape}. */
        public Cut(Layers layers, Shape shape) {
            this.layers = layers;
            this.part = Part.of(shape);
        }

        /** Whether nothing is said about the first block. */
        public boolean isWhole() {
            return part == Part.WHOLE;
        }

        /** Whether the blocks from {@code index} on, counted from 0 over all of them, are computed. */
        public boolean computes(int index) {
            return index == 0 || part != Part.ALONE;
        }

        /** Tells what the first block made of the picture's tokens. */
        public void first(Value before, Value behind) {
            layers.output(ADDED, layers.subtract(behind, before));
            behindFirst = Optional.of(behind);
        }

        /** The picture's tokens behind all blocks, whose computation gave {@code computed}. */
        public Value end(Value computed) {
            if (part == Part.WHOLE) {
                return computed;
            }
            Value first = behindFirst.orElseThrow();
            if (part == Part.ALONE) {
                return layers.add(first, layers.input(REST, ElementType.FLOAT, first.dims()));
            }
            layers.output(REST, layers.subtract(computed, first));
            return computed;
        }
    }
}
