package dev.triptych.diffusion.family;

import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.List;
import java.util.Map;

/**
 * The loops of a family that has several, as one request wants them. Immutable.
 *
 * @param loops first to last
 * @param options what the effective request says of the others
 */
public record Cascade(List<Loop> loops, Map<String, String> options) {

    /** Copies list and map. */
    public Cascade {
        loops = List.copyOf(loops);
        options = Map.copyOf(options);
    }

    /**
     * One loop.
     *
     * @param phase what it denoises, and how
     * @param scheduler its scheduler
     * @param steps its denoising steps
     * @param guidanceScale its guidance scale; 1 where nothing guides
     */
    public record Loop(Phase phase, SchedulerConfig scheduler, int steps, double guidanceScale) {}
}
