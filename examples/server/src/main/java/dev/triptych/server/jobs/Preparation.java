package dev.triptych.server.jobs;

import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerationException;
import dev.triptych.config.ConfigException;

/**
 * Loads the default generator in the background where this machine paints, so that the first picture need not wait for
 * it. Where that fails nothing is lost: the first job tries again, and says what is wrong.
 */
public final class Preparation implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Preparation.class.getName());

    private final Generators generators;
    private final Cancellation cancellation = new Cancellation();
    private final Thread thread = new Thread(this::prepare, "triptych-prepare");

    private Preparation(Generators generators) {
        this.generators = generators;
        thread.setDaemon(true);
    }

    /** Begins to prepare the default of {@code generators}, and does not wait for it. */
    public static Preparation start(Generators generators) {
        Preparation preparation = new Preparation(generators);
        preparation.thread.start();
        return preparation;
    }

    private void prepare() {
        try {
            String name = generators.standard();
            if (generators.facts(name).map(facts -> facts.info().local()).orElse(false)) {
                generators
                        .get(name)
                        .prepare(GenerationContext.builder()
                                .cancellation(cancellation)
                                .build());
            }
        } catch (ConfigException | ImageGenerationException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "the default generator could not be prepared; its first job tells why",
                    e);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, "preparing the default generator failed through a defect", e);
        }
    }

    /** Stops, and waits until nothing uses the generator any more. */
    @Override
    public void close() {
        cancellation.cancel();
        await();
    }

    /** Waits until it is done. */
    void await() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
