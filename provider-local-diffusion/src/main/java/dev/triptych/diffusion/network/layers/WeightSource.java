package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.weights.Weights;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The weights of a network, opened when a graph is built, and what tells them from others. Immutable.
 *
 * @param place where they come from, for messages and keys: a folder or a file
 * @param weights opens them
 * @param variant what tells them from the place's own; {@code ""} = they are its own
 */
public record WeightSource(String place, Supplier<Weights> weights, String variant) {

    /** The weights of a part of a checkpoint. */
    public static WeightSource of(Part part) {
        return new WeightSource(part.location().toString(), part::weights, "");
    }

    /**
     * Other weights of the same shapes, such as patched ones.
     *
     * @param others opened when a graph is built
     * @param otherVariant what tells them from the checkpoint's own
     */
    public WeightSource over(Supplier<Weights> others, String otherVariant) {
        return new WeightSource(place, others, otherVariant);
    }

    /**
     * These weights in another form.
     *
     * @param conversion made when a graph is built
     * @param form what tells the form from any other
     */
    public WeightSource converted(UnaryOperator<Weights> conversion, String form) {
        return new WeightSource(place, () -> conversion.apply(open()), variant + form);
    }

    /** Opens them. */
    public Weights open() {
        return weights.get();
    }
}
