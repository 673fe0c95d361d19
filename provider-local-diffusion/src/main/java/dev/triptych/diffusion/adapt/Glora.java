package dev.triptych.diffusion.adapt;

import java.util.Arrays;

/**
 * GLoRA: δ = γ · (b1 · b2 + (W · a1) · a2), with the products by a1 and a2 over the inputs at each place of the kernel
 * (Chavan et al. 2023, "One-for-All: Generalized LoRA"; comfyanonymous/ComfyUI, {@code comfy/weight_adapter/glora.py}).
 *
 * @param sum b1 and b2, [out, in · places]
 * @param product a1 and a2, [in, in]
 * @param places places of the kernel: so many columns belong to one input
 * @param scale γ
 */
record Glora(Factors sum, Factors product, int places, float scale) implements Change {

    @Override
    public int rows() {
        return sum.rows();
    }

    @Override
    public int columns() {
        return sum.columns();
    }

    @Override
    public void addTo(float[] values, int at, float strength) {
        int inputs = product.columns();
        float[] mixing = product.product();
        float[] mixed = new float[columns()];
        for (int row = 0; row < rows(); row++) {
            int from = at + row * columns();
            Arrays.fill(mixed, 0);
            for (int input = 0; input < inputs; input++) {
                for (int place = 0; place < places; place++) {
                    float weight = values[from + input * places + place];
                    for (int output = 0; output < inputs; output++) {
                        mixed[output * places + place] += weight * mixing[input * inputs + output];
                    }
                }
            }
            for (int column = 0; column < mixed.length; column++) {
                values[from + column] += strength * scale * mixed[column];
            }
        }
        sum.addTo(values, at, strength * scale);
    }

    @Override
    public boolean isSum() {
        return false;
    }
}
