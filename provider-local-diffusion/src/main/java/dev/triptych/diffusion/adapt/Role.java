package dev.triptych.diffusion.adapt;

/** What a tensor of an adapter is to its module, whatever the dialect that it is written in. */
enum Role {
    /** The factor next to the input, {@code A}: [rank, in…]. */
    DOWN,
    /** The factor next to the output, {@code B}: [out, rank]. */
    UP,
    /** The core between both, [rank, rank, kernel height, kernel width]. */
    MID,
    /** What the product is multiplied with, times the rank. */
    ALPHA,
    /** What the product is multiplied with, in the place of alpha / rank. */
    SCALE,
    /** The length of each row or column of the finished weight: DoRA. */
    MAGNITUDE,
    /** The length of each row of the finished weight, as PEFT writes it. */
    OUTPUT_MAGNITUDE,
    /** All of a difference of the weight. */
    DIFFERENCE,
    /** All of a difference of the bias. */
    BIAS_DIFFERENCE,
    /** LoHa. */
    HADA_W1_A,
    /** LoHa. */
    HADA_W1_B,
    /** LoHa. */
    HADA_W2_A,
    /** LoHa. */
    HADA_W2_B,
    /** LoHa's first core. */
    HADA_T1,
    /** LoHa's second core. */
    HADA_T2,
    /** LoKr. */
    LOKR_W1,
    /** LoKr. */
    LOKR_W1_A,
    /** LoKr. */
    LOKR_W1_B,
    /** LoKr. */
    LOKR_W2,
    /** LoKr. */
    LOKR_W2_A,
    /** LoKr. */
    LOKR_W2_B,
    /** LoKr's core. */
    LOKR_T2,
    /** GLoRA. */
    GLORA_A1,
    /** GLoRA. */
    GLORA_A2,
    /** GLoRA. */
    GLORA_B1,
    /** GLoRA. */
    GLORA_B2,
    /** GLoRA's core. */
    GLORA_BM,
    /** IA3's factors of rows or columns. */
    FACTORS,
    /** Whether IA3's factors are of the columns. */
    ON_INPUT,
    /** Rows and columns of a weight that a FLUX control LoRA makes larger. */
    RESHAPED,
    /** All of a new weight. */
    REPLACEMENT
}
