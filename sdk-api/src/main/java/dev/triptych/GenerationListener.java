package dev.triptych;

/** Hears what happens during one generation. Called on the generating thread, so it should return quickly. */
@FunctionalInterface
public interface GenerationListener {

    /** Hears one event. An exception thrown here is logged, ends the listening and never the generation. */
    void onEvent(GenerationEvent event);

    /** A listener that hears nothing. */
    static GenerationListener none() {
        return event -> {};
    }
}
