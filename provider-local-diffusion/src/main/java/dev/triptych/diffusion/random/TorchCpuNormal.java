package dev.triptych.diffusion.random;

/**
 * The normal numbers of {@code torch.randn} in float32 with a CPU generator: seed 0 starts with 1.5410, −0.2934, … in a
 * short tensor and −1.1258, −1.1524, … in a long one. Not thread-safe.
 *
 * <p>Source: pytorch, aten/src/ATen/native/cpu/DistributionTemplates.h ({@code normal_fill}) and
 * aten/src/ATen/core/DistributionsHelper.h ({@code normal_distribution}). Torch takes the logarithm and the angle
 * functions from the machine's vector library, so numbers agree to about 1e-6, not always to the last bit.
 */
public final class TorchCpuNormal implements NormalSource {

    /** A tensor shorter than this is drawn number by number, in double precision. */
    private static final int BLOCK = 16;

    private static final int HALF = BLOCK / 2;
    private static final double TWO_PI = 2 * Math.PI;

    private final Mt19937 engine;
    private boolean hasSpare;
    private double spare;

    /** A stream that starts at {@code seed}; the engine has 32 bits of seed, so only the low half counts. */
    public TorchCpuNormal(long seed) {
        this.engine = new Mt19937((int) seed);
    }

    @Override
    public float[] next(int count) {
        float[] numbers = new float[count];
        if (count < BLOCK) {
            for (int i = 0; i < count; i++) {
                numbers[i] = (float) nextSingle();
            }
        } else {
            fillInBlocks(numbers);
        }
        return numbers;
    }

    /** Uniform numbers first, then each block of 16 in place; an odd end draws the last 16 again. */
    private void fillInBlocks(float[] numbers) {
        fillUniform(numbers, 0);
        for (int start = 0; start + BLOCK <= numbers.length; start += BLOCK) {
            boxMuller(numbers, start);
        }
        if (numbers.length % BLOCK != 0) {
            int start = numbers.length - BLOCK;
            fillUniform(numbers, start);
            boxMuller(numbers, start);
        }
    }

    private void fillUniform(float[] numbers, int from) {
        for (int i = from; i < numbers.length; i++) {
            numbers[i] = (engine.nextBits() & 0xffffff) * 0x1p-24f;
        }
    }

    private static void boxMuller(float[] numbers, int start) {
        for (int j = start; j < start + HALF; j++) {
            float u1 = 1 - numbers[j];
            float radius = (float) Math.sqrt(-2 * (float) Math.log(u1));
            float theta = (float) TWO_PI * numbers[j + HALF];
            numbers[j] = radius * (float) Math.cos(theta);
            numbers[j + HALF] = radius * (float) Math.sin(theta);
        }
    }

    private double nextSingle() {
        if (hasSpare) {
            hasSpare = false;
            return spare;
        }
        double u1 = nextUniform();
        double u2 = nextUniform();
        double radius = Math.sqrt(-2 * Math.log1p(-u2));
        spare = radius * Math.sin(TWO_PI * u1);
        hasSpare = true;
        return radius * Math.cos(TWO_PI * u1);
    }

    /** 53 random bits as a number in [0, 1); the high word is drawn first. */
    private double nextUniform() {
        long high = Integer.toUnsignedLong(engine.nextBits());
        long low = Integer.toUnsignedLong(engine.nextBits());
        return (((high << 32) | low) & ((1L << 53) - 1)) * 0x1p-53;
    }
}
