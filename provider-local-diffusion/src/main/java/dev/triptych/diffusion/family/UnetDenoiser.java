package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.network.unet.Unet;
import java.util.List;
import java.util.Optional;

/**
 * A U-Net as a denoiser.
 *
 * @param engine runs it
 * @param unet the U-Net; one that tells where it looks if there is a listener
 * @param steered what it is told at each evaluation
 * @param listener is told where it looks at the prompt's tokens
 * @param predictsBothAtOnce whether two predictions are made in one evaluation
 */
record UnetDenoiser(
        Engine engine,
        Unet unet,
        SteeredInput steered,
        Optional<AttentionListener> listener,
        boolean predictsBothAtOnce)
        implements Denoiser {

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        Unet.Input told = steered.of(input, moment, text, cancellation);
        if (listener.isEmpty() || !isShown(text)) {
            return unet.predict(engine, told, cancellation);
        }
        Unet.Mapped mapped = unet.predictMapped(engine, told, cancellation);
        listener.get().looked(mapped.maps());
        return mapped.prediction();
    }

    /** Whether {@code text} is the prompt itself, and nothing that guidance compares it with. */
    private static boolean isShown(Conditioning text) {
        return !text.isSteeredAwayFrom() && !text.tensors().containsKey(Conditioning.PERTURBED);
    }

    @Override
    public List<float[]> predictBoth(
            float[] input, Moment moment, Conditioning text, Conditioning other, Cancellation cancellation) {
        return unet.predictBoth(
                engine,
                steered.of(input, moment, text, cancellation),
                steered.of(input, moment, other, cancellation),
                cancellation);
    }
}
