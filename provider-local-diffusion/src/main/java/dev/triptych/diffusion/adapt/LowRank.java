package dev.triptych.diffusion.adapt;

/**
 * LoRA and LoCon: δ = γ · up · down (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section
 * 4.1). With a Tucker core the core and the lower factor are one factor.
 *
 * @param factors up and down
 * @param scale γ
 */
record LowRank(Factors factors, float scale) implements Change {

    @Override
    public int rows() {
        return factors.rows();
    }

    @Override
    public int columns() {
        return factors.columns();
    }

    @Override
    public void addTo(float[] values, int at, float strength) {
        factors.addTo(values, at, strength * scale);
    }
}
