package dev.triptych.diffusion.adapt;

/**
 * LoHa: δ = γ · (w1a · w1b) ∘ (w2a · w2b), each element with the other's (Yeh et al. 2024, LyCORIS, section 3;
 * KohakuBlueleaf/LyCORIS, {@code lycoris/functional/loha.py}).
 *
 * @param first one factor
 * @param second the other factor, of the same size
 * @param scale γ
 */
record Hadamard(Factors first, Factors second, float scale) implements Change {

    @Override
    public int rows() {
        return first.rows();
    }

    @Override
    public int columns() {
        return first.columns();
    }

    @Override
    public void addTo(float[] values, int at, float strength) {
        float[] one = first.product();
        float[] other = second.product();
        float factor = strength * scale;
        for (int i = 0; i < one.length; i++) {
            values[at + i] += factor * one[i] * other[i];
        }
    }
}
