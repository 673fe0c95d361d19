package dev.triptych.diffusion.random;

/**
 * The Mersenne Twister of Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
 * pseudo-random number generator", ACM TOMACS 8 (1998), with the seeding of their 2002 revision. Not thread-safe.
 */
final class Mt19937 {

    private static final int N = 624;
    private static final int M = 397;
    private static final int MATRIX_A = 0x9908b0df;
    private static final int UPPER_MASK = 0x80000000;
    private static final int LOWER_MASK = 0x7fffffff;

    private final int[] state = new int[N];
    private int next = N;

    Mt19937(int seed) {
        state[0] = seed;
        for (int i = 1; i < N; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** The next 32 random bits. */
    int nextBits() {
        if (next == N) {
            renew();
            next = 0;
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    /** Three loops, so that no index has to wrap around. */
    private void renew() {
        for (int i = 0; i < N - M; i++) {
            state[i] = twist(state[i], state[i + 1], state[i + M]);
        }
        for (int i = N - M; i < N - 1; i++) {
            state[i] = twist(state[i], state[i + 1], state[i + M - N]);
        }
        state[N - 1] = twist(state[N - 1], state[0], state[M - 1]);
    }

    private static int twist(int current, int following, int distant) {
        int y = (current & UPPER_MASK) | (following & LOWER_MASK);
        return distant ^ (y >>> 1) ^ (-(y & 1) & MATRIX_A);
    }
}
