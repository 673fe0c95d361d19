package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.network.clip.ClipVisionEncoder;
import dev.triptych.diffusion.network.ipadapter.IpAdapter;
import dev.triptych.diffusion.network.unet.Unet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What pictures say beside the prompt: tokens in the conditioning, the same at every step, and scales that follow the
 * steps. Several pictures of one adapter stand behind one another in one attention. Reference: diffusers 0.36,
 * loaders/ip_adapter.py and pipelines/stable_diffusion, {@code prepare_ip_adapter_image_embeds}. Immutable.
 *
 * @param engine runs the networks
 * @param prompts one for each IP-Adapter
 */
record PicturePrompts(Engine engine, List<PicturePrompt> prompts) {

    PicturePrompts {
        prompts = List.copyOf(prompts);
    }

    /** What the U-Net attends to the pictures with. */
    List<Unet.ImageKeys> keys() {
        return prompts.stream().map(prompt -> prompt.adapter().keys()).toList();
    }

    /** The networks that turn the pictures into tokens. */
    List<Family.Load> loads() {
        List<Family.Load> loads = new ArrayList<>();
        for (PicturePrompt prompt : prompts) {
            ClipVisionEncoder tower = prompt.encoder().network();
            loads.add(new Family.Load(tower, Shape.none()));
            loads.add(new Family.Load(
                    prompt.adapter().projection(), prompt.adapter().projection().shape(tower)));
        }
        return loads;
    }

    /** The shape of a U-Net's graph that looks at the pictures. */
    Shape shape(Shape unet) {
        Shape shape = unet;
        for (int i = 0; i < prompts.size(); i++) {
            PicturePrompt prompt = prompts.get(i);
            int tokens = prompt.adapter().projection().tokens(prompt.encoder().network());
            shape = shape.with(Unet.imageTokens(i), tokens * prompt.pictures().size());
        }
        return shape;
    }

    /** {@code plan} with the pictures' tokens; the unconditional side gets those of as many empty ones. */
    ConditioningPlan shown(ConditioningPlan plan, Cancellation cancellation) {
        Map<String, Tensor> seen = new HashMap<>();
        Map<String, Tensor> nothing = new HashMap<>();
        for (int i = 0; i < prompts.size(); i++) {
            PicturePrompt prompt = prompts.get(i);
            IpAdapter adapter = prompt.adapter();
            seen.put(
                    Unet.imageTokens(i),
                    behindOneAnother(prompt.pictures().stream()
                            .map(picture -> adapter.tokens(engine, prompt.encoder(), picture, cancellation))
                            .toList()));
            if (plan.unconditional().isPresent()) {
                Tensor empty = adapter.tokensOfNothing(engine, prompt.encoder(), cancellation);
                nothing.put(
                        Unet.imageTokens(i),
                        behindOneAnother(
                                prompt.pictures().stream().map(picture -> empty).toList()));
            }
        }
        return plan.showing(seen, nothing);
    }

    private static Tensor behindOneAnother(List<Tensor> tokens) {
        long count = tokens.stream().mapToLong(tensor -> tensor.shape()[1]).sum();
        long width = tokens.get(0).shape()[2];
        float[] all = new float[Math.toIntExact(count * width)];
        int at = 0;
        for (Tensor tensor : tokens) {
            System.arraycopy(tensor.values(), 0, all, at, tensor.values().length);
            at += tensor.values().length;
        }
        return new Tensor(new long[] {1, count, width}, all);
    }

    /** {@code text} with how much the pictures count at {@code moment}. */
    Conditioning scaled(Conditioning text, Denoiser.Moment moment) {
        Map<String, Tensor> scales = new HashMap<>();
        for (int i = 0; i < prompts.size(); i++) {
            float strength = prompts.get(i).strengthAt(moment);
            scales.put(Unet.imageScale(i), new Tensor(new long[] {1}, new float[] {strength}));
        }
        return text.showing(scales);
    }
}
