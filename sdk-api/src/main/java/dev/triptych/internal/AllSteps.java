package dev.triptych.internal;

/** Steps that are all taken, also when one of them fails: closing several things, telling several listeners. */
public final class AllSteps {

    private AllSteps() {}

    /**
     * Takes every step, in order.
     *
     * @throws RuntimeException the first failure, with the later ones suppressed in it
     */
    public static void run(Iterable<? extends Runnable> steps) {
        RuntimeException first = null;
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
