package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.weights.PatchedWeight;

/**
 * What one adapter adds to one tensor, at a strength.
 *
 * @param change what
 * @param strength how much of it
 * @param identity what tells it from any other
 */
record TensorPatch(Change change, float strength, String identity) implements PatchedWeight.Patch {

    @Override
    public void addTo(float[] values) {
        change.addTo(values, 0, strength);
    }
}
