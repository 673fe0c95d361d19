package dev.triptych.diffusion.family;

import java.util.Set;

/** The options of the denoising loop, whatever the family. */
public final class LoopOptions {

    /** Class name or common name of the scheduler; the checkpoint's own by default. */
    public static final String SCHEDULER = "local.scheduler";

    /** Before any key of scheduler_config.json. */
    public static final String SCHEDULER_KEY = "local.scheduler.";

    /** φ in [0, 1]; the checkpoint's by default, else 0. */
    public static final String GUIDANCE_RESCALE = "local.guidance-rescale";

    /**
     * The part of the evaluations in which there is guidance, {@code A-B} with 0 ≤ A ≤ B ≤ 1; {@code 0-1} by default.
     */
    public static final String GUIDANCE_INTERVAL = "local.guidance-interval";

    /** {@code exact}, {@code balanced} or {@code fast}; the generator's by default, else {@code exact}. */
    public static final String SPEED = "local.speed";

    /** {@code fp32}, {@code int8} or {@code auto}; the generator's by default, else {@code fp32}. */
    public static final String PRECISION = "local.precision";

    /** {@code winograd} or {@code direct}; what the memory that is free allows by default. */
    public static final String CONVOLUTION = "local.convolution";

    /** Whether CFG++ puts the unconditional pass's noise back; {@code false} by default. */
    public static final String CFG_PLUS_PLUS = "local.cfg-plus-plus";

    /**
     * How far predictions may be expected to have moved while evaluations are left out, 0 to 10; 0 = off, the default.
     */
    public static final String EASY_CACHE = "local.easy-cache";

    /**
     * How far what a transformer's first block adds may have moved, as a part of its size, while the others are left
     * out; 0 to 10; 0 = off, the default.
     */
    public static final String FIRST_BLOCK_CACHE = "local.first-block-cache";

    /** Noise of DDIM and TCD steps in [0, 1]; 0 by default. */
    public static final String ETA = "local.eta";

    /** Where the loop ends, as a part of all training steps in (0, 1): the latents stay noisy. */
    public static final String DENOISING_END = "local.denoising-end";

    /** Where the loop begins, as a part of all training steps in (0, 1): the input has that noise already. */
    public static final String DENOISING_START = "local.denoising-start";

    /** Where the refiner takes over, as a part of all training steps in (0, 1); 0.8 by default. */
    public static final String REFINER_START = "local.refiner-start";

    static final Set<String> KEYS = Set.of(
            SCHEDULER,
            SCHEDULER_KEY + "*",
            GUIDANCE_RESCALE,
            GUIDANCE_INTERVAL,
            SPEED,
            PRECISION,
            CONVOLUTION,
            CFG_PLUS_PLUS,
            EASY_CACHE,
            ETA);
    static final Set<String> SPLIT_KEYS = Set.of(DENOISING_END, DENOISING_START, REFINER_START);

    private LoopOptions() {}
}
