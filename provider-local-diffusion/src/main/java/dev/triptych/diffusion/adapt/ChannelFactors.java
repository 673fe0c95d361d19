package dev.triptych.diffusion.adapt;

import java.util.function.Supplier;

/**
 * IA3: δ = W ∘ f, with a factor for each output or each input (Liu et al. 2022, "Few-Shot Parameter-Efficient
 * Fine-Tuning", section 3.3; KohakuBlueleaf/LyCORIS, {@code lycoris/modules/ia3.py}).
 *
 * @param rows rows of the weight
 * @param columns columns of the weight
 * @param places places of the kernel: so many columns belong to one input
 * @param onInput whether the factors are the inputs'
 * @param factors the factors
 */
record ChannelFactors(int rows, int columns, int places, boolean onInput, Supplier<float[]> factors) implements Change {

    @Override
    public void addTo(float[] values, int at, float strength) {
        float[] factor = factors.get();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[at + row * columns + column] *= 1 + strength * factor[onInput ? column / places : row];
            }
        }
    }

    @Override
    public boolean isSum() {
        return false;
    }
}
