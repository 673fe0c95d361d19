package dev.triptych.server.jobs;

import java.util.OptionalLong;

/**
 * How far a job is right now. Immutable.
 *
 * @param phase what happens
 * @param position how many wait before it, while it waits
 * @param what what is being loaded or downloaded; {@code ""} = nothing
 * @param fraction how much of that is done, 0 to 1; -1 = not known
 * @param step steps done
 * @param total steps in all; 0 = not known
 * @param previews how many previews there have been
 * @param millisLeft about how long it still takes, once three steps are done
 * @param fellBackTo the generator that took over; {@code ""} = none did
 */
public record Progress(
        Phase phase,
        int position,
        String what,
        double fraction,
        int step,
        int total,
        int previews,
        OptionalLong millisLeft,
        String fellBackTo) {

    /** What happens to a job. */
    public enum Phase {
        /** It waits for its turn. */
        WAITING,
        /** A file that its generator needs is fetched. */
        DOWNLOADING,
        /** Its model is being loaded. */
        LOADING,
        /** It is being painted. */
        PAINTING,
        /** An attempt failed, and is made again soon. */
        RETRYING
    }

    static Progress waiting(int position) {
        return new Progress(Phase.WAITING, position, "", -1, 0, 0, 0, OptionalLong.empty(), "");
    }
}
