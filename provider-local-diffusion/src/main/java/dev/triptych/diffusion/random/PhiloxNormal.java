package dev.triptych.diffusion.random;

/**
 * The normal numbers of {@code torch.randn} with a CUDA generator, made on a CPU: counter-based, so a number depends on
 * the seed, on how many calls came before and on its place alone. Not thread-safe.
 *
 * <p>Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox4x32-10); torch's use of it
 * in aten/src/ATen/native/cuda/DistributionTemplates.h. Real CUDA gives these numbers only while a tensor has at most
 * as many elements as the GPU runs threads; Stable Diffusion's latents do.
 */
public final class PhiloxNormal implements NormalSource {

    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final double TWO_PI = 2 * Math.PI;

    private final long seed;
    private int calls;

    /** A stream that starts at {@code seed}; all 64 bits count. */
    public PhiloxNormal(long seed) {
        this.seed = seed;
    }

    @Override
    public float[] next(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = normal(i);
        }
        calls++;
        return numbers;
    }

    /** Philox4x32-10 of the counter [calls, 0, element, 0], then Box–Muller on its first two words. */
    private float normal(int element) {
        int c0 = calls;
        int c1 = 0;
        int c2 = element;
        int c3 = 0;
        int key0 = (int) seed;
        int key1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = Integer.toUnsignedLong(c0) * MULTIPLIER_0;
            long product1 = Integer.toUnsignedLong(c2) * MULTIPLIER_1;
            c0 = (int) (product1 >>> 32) ^ c1 ^ key0;
            c2 = (int) (product0 >>> 32) ^ c3 ^ key1;
            c1 = (int) product1;
            c3 = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        double u = Integer.toUnsignedLong(c0) * 0x1p-32 + 0x1p-33;
        double v = (Integer.toUnsignedLong(c1) * 0x1p-32 + 0x1p-33) * TWO_PI;
        return (float) (Math.sqrt(-2 * Math.log(u)) * Math.sin(v));
    }
}
