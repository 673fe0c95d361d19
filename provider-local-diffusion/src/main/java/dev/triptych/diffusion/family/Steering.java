package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.network.unet.Unet;
import java.util.List;
import java.util.Map;

/**
 * What steers a U-Net beside the prompt, by inputs of its own: ControlNets and their kin. Serves one picture at a time.
 */
interface Steering {

    /**
     * The networks that it needs.
     *
     * @param unet the shape of the U-Net's graph without it
     */
    List<Family.Load> loads(Shape unet);

    /** The shape of the U-Net's graph with its inputs. */
    Shape onto(Shape unet);

    /** Its inputs for an evaluation; always the same names and shapes, zeros where it does not act. */
    Map<String, Tensor> inputs(Evaluation evaluation);

    /**
     * An evaluation of the U-Net.
     *
     * @param input what the U-Net is told without any steering
     * @param moment when
     * @param text what is shown
     * @param cancellation stops it
     */
    record Evaluation(Unet.Input input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation) {}
}
