package dev.triptych.diffusion;

/**
 * The calls of a loop that lie in a window of its steps. Immutable.
 *
 * @param first the first call in it
 * @param end the first call behind it
 */
record CallWindow(int first, int end) {

    /**
     * The calls that lie in the window from {@code start} to {@code end} as a whole: call i of n for which i/n ≥ start
     * and (i + 1)/n ≤ end. The calls that are really made are counted. Reference: diffusers 0.36,
     * pipelines/controlnet/pipeline_controlnet.py, {@code controlnet_keep}.
     *
     * @param start in [0, 1)
     * @param end in (0, 1], above {@code start}
     * @param firstCall the first call of the loop that is made
     * @param calls how many are made
     */
    static CallWindow of(double start, double end, int firstCall, int calls) {
        int first = 0;
        while (first < calls && (double) first / calls < start) {
            first++;
        }
        int last = first;
        while (last < calls && (last + 1.0) / calls <= end) {
            last++;
        }
        return new CallWindow(firstCall + first, firstCall + last);
    }

    /**
     * The calls i with {@code int(start · steps) ≤ i < int(end · steps)}, where steps are those that were asked for,
     * though a scheduler may make more calls. Reference: diffusers 0.36,
     * pipelines/t2i_adapter/pipeline_stable_diffusion_xl_adapter.py, {@code adapter_conditioning_factor}.
     */
    static CallWindow ofSteps(double start, double end, LoopPlan loop) {
        int first = Math.min((int) (start * loop.steps()), loop.calls());
        int last = Math.min((int) (end * loop.steps()), loop.calls());
        return new CallWindow(loop.firstCall() + first, loop.firstCall() + Math.max(first, last));
    }
}
