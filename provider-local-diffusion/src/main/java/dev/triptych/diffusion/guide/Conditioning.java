package dev.triptych.diffusion.guide;

import dev.triptych.diffusion.engine.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a denoiser is told about the text: made by one family's encoder, read by its denoiser, and passed on unopened by
 * everything between. Immutable.
 *
 * @param tensors by the names of the denoiser's inputs: embeddings, a pooled text, numbers
 * @param weight its share in guidance; 1 = as it is
 * @param others what is shown together with it; empty without guidance
 * @param unconditional what guidance steers away from; empty where one pass is made
 * @param isSteeredAwayFrom whether it is itself what guidance steers away from
 */
public record Conditioning(
        Map<String, Tensor> tensors,
        double weight,
        List<Conditioning> others,
        Optional<Conditioning> unconditional,
        boolean isSteeredAwayFrom) {

    /** The denoiser's input [1] that is 1 where it shall leave out some attentions; 0 where it is not fed. */
    public static final String PERTURBED = "perturbed";

    /** Copies map and list. */
    public Conditioning {
        tensors = Map.copyOf(tensors);
        others = List.copyOf(others);
    }

    /** Tensors for one pass. */
    public static Conditioning of(Map<String, Tensor> tensors) {
        return new Conditioning(tensors, 1, List.of(), Optional.empty(), false);
    }

    /** The same with more tensors for the denoiser; the unconditional side and others stay as they are. */
    public Conditioning showing(Map<String, Tensor> more) {
        Map<String, Tensor> all = new HashMap<>(tensors);
        all.putAll(more);
        return new Conditioning(all, weight, others, unconditional, isSteeredAwayFrom);
    }

    /** The same with another share in guidance. */
    public Conditioning withWeight(double value) {
        return new Conditioning(tensors, value, others, unconditional, isSteeredAwayFrom);
    }

    /** The same together with others. */
    public Conditioning with(List<Conditioning> more) {
        return new Conditioning(tensors, weight, more, unconditional, isSteeredAwayFrom);
    }

    /** The same with something to steer away from. */
    public Conditioning awayFrom(Optional<Conditioning> negative) {
        Optional<Conditioning> away = negative.map(
                each -> new Conditioning(each.tensors, each.weight, each.others, each.unconditional, true));
        return new Conditioning(tensors, weight, others, away, isSteeredAwayFrom);
    }

    /** The same for one pass in which some attentions are left out. */
    public Conditioning perturbed() {
        Map<String, Tensor> more = new HashMap<>(tensors);
        more.put(PERTURBED, new Tensor(new long[] {1}, new float[] {1}));
        return Conditioning.of(more);
    }
}
