package dev.triptych.diffusion.adapt;

/**
 * A change that covers a part of another size: some rows of one that was trained on fused modules, or one that knows
 * only the first inputs of a wider weight (a LoRA for 4 channels of latents under an inpainting U-Net of 9).
 *
 * @param inner the change, a sum
 * @param firstRow the first of its rows that counts
 * @param rows rows of the weight
 * @param columns columns of the weight, at least as many as the change has
 */
record Shaped(Change inner, int firstRow, int rows, int columns) implements Change {

    @Override
    public void addTo(float[] values, int at, float strength) {
        float[] all = new float[inner.rows() * inner.columns()];
        inner.addTo(all, 0, strength);
        for (int row = 0; row < rows; row++) {
            int from = (firstRow + row) * inner.columns();
            int to = at + row * columns;
            for (int column = 0; column < inner.columns(); column++) {
                values[to + column] += all[from + column];
            }
        }
    }
}
