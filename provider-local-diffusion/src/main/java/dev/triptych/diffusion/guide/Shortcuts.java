package dev.triptych.diffusion.guide;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What is left out so that a picture takes less time. Immutable.
 *
 * @param deepCache how many steps one computation of the deep part serves; 0 or 1 = it is always computed
 * @param easyCache how far predictions may be expected to have moved, as a part of their size, while whole evaluations
 *     are left out; 0 = none is
 * @param firstBlockCache how far what a transformer's first block adds may have moved, as a part of its size, while the
 *     others are left out; 0 = none is
 */
public record Shortcuts(int deepCache, double easyCache, double firstBlockCache) {

    /** Nothing is left out. */
    public static final Shortcuts NONE = new Shortcuts(0, 0, 0);

    /** Whether {@link DeepDenoiser} is needed. */
    public boolean cutsDepth() {
        return deepCache > 1;
    }

    /**
     * A denoiser for each pass of one picture's evaluations.
     *
     * @param denoiser the network
     * @param deep the same where its deep part can be left out
     * @param cached the same with a cache around its first block
     * @param timesteps of all calls of the loop
     * @param firstCall the first call that is made
     * @param guidance when there is guidance
     */
    public Supplier<Denoiser> passes(
            Denoiser denoiser,
            Optional<DeepDenoiser> deep,
            Function<Function<FirstBlockDenoiser, Denoiser>, Denoiser> cached,
            float[] timesteps,
            int firstCall,
            Guidance guidance) {
        Supplier<Denoiser> passes = () -> denoiser;
        if (firstBlockCache > 0) {
            passes = () -> cached.apply(first -> new FirstBlockCache(first, firstBlockCache));
        }
        if (cutsDepth() && deep.isPresent()) {
            DeepCache.Loop loop =
                    new DeepCache.Loop(timesteps, firstCall, guidance.interval().first(timesteps.length));
            passes = () -> new DeepCache(deep.get(), deepCache, loop);
        }
        if (easyCache == 0) {
            return passes;
        }
        Supplier<Denoiser> each = passes;
        EasyCache cache = new EasyCache(easyCache);
        return () -> cache.pass(each.get());
    }
}
