package dev.triptych.diffusion.family;

import dev.triptych.diffusion.pixels.Pixels;

/**
 * A control picture of a request, ready to be shown to its network. Immutable.
 *
 * @param model the network
 * @param picture of the size of what is painted
 * @param strength how strongly it acts; 0 = not at all, 1 = as trained
 * @param firstCall the first call of the loop in which it acts
 * @param endCall the first call in which it does not act any more
 */
public record ControlPicture(ControlModel model, Pixels picture, double strength, int firstCall, int endCall) {

    /** Whether it acts in the call {@code call} of the loop. */
    boolean acts(int call) {
        return strength > 0 && call >= firstCall && call < endCall;
    }
}
