package dev.triptych.diffusion.guide;

import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What the denoiser is told at each evaluation. Immutable.
 *
 * @param parts what is shown together, at least one, each with its weight
 * @param unconditional what guidance steers away from; empty where one pass is made
 */
public record ConditioningPlan(List<Timeline<Conditioning>> parts, Optional<Timeline<Conditioning>> unconditional) {

    /** Copies the list. */
    public ConditioningPlan {
        parts = List.copyOf(parts);
    }

    /** The same with more tensors for what is shown, and others for what guidance steers away from. */
    public ConditioningPlan showing(Map<String, Tensor> shown, Map<String, Tensor> unconditionalShown) {
        return new ConditioningPlan(
                parts.stream()
                        .map(part -> part.map((Conditioning each) -> each.showing(shown)))
                        .toList(),
                unconditional.map(negative -> negative.map(each -> each.showing(unconditionalShown))));
    }

    /** The same with something made of each side. */
    public ConditioningPlan map(UnaryOperator<Conditioning> shown, UnaryOperator<Conditioning> avoided) {
        return new ConditioningPlan(
                parts.stream().map(part -> part.map(shown)).toList(), unconditional.map(side -> side.map(avoided)));
    }

    /** What it is told at {@code evaluation}, from 0. */
    public Conditioning at(int evaluation) {
        List<Conditioning> now = parts.stream().map(part -> part.at(evaluation)).toList();
        return now.get(0)
                .with(now.subList(1, now.size()))
                .awayFrom(unconditional.map(negative -> negative.at(evaluation)));
    }
}
