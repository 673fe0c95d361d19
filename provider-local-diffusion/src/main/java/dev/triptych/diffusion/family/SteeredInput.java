package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a U-Net is told at an evaluation: latents, time, text, and what steers it beside them.
 *
 * @param config the U-Net's
 * @param size the size of the latents
 * @param pictures what it looks at beside the prompt
 * @param steerings what steers it
 */
record SteeredInput(UnetConfig config, LatentSize size, PicturePrompts pictures, List<Steering> steerings) {

    SteeredInput {
        steerings = List.copyOf(steerings);
    }

    Unet.Input of(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        Tensor sample = new Tensor(new long[] {1, config.inChannels(), size.height(), size.width()}, input);
        Unet.Input plain = new Unet.Input(
                sample, moment.timestep(), pictures.scaled(text, moment).tensors());
        if (steerings.isEmpty()) {
            return plain;
        }
        Map<String, Tensor> inputs = new HashMap<>(plain.conditioning());
        Steering.Evaluation evaluation = new Steering.Evaluation(plain, moment, text, cancellation);
        steerings.forEach(steering -> inputs.putAll(steering.inputs(evaluation)));
        return new Unet.Input(sample, moment.timestep(), inputs);
    }
}
