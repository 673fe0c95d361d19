package dev.triptych.config;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a configuration file and passes on what it says. A text counts when two looks in a row saw it, so that a
 * file that is being written is left alone. One that cannot be used is told of once. Thread-safe.
 */
final class ConfigWatch {

    private static final System.Logger LOG = System.getLogger(ConfigWatch.class.getName());

    private final TriptychConfig layers;
    private final Supplier<String> file;
    private final Consumer<TriptychConfig> target;
    private @Nullable Look last;
    private @Nullable Look handled;

    /**
     * A watch that has not looked yet.
     *
     * @param layers what the file's text is put into, in place of the one before
     * @param file reads the text; throws a {@link ConfigException} where it cannot be read
     * @param target takes each new configuration; throws where it cannot be used
     */
    ConfigWatch(TriptychConfig layers, Supplier<String> file, Consumer<TriptychConfig> target) {
        this.layers = layers;
        this.file = file;
        this.target = target;
    }

    /** What one look saw: a text, or why there is none. */
    private record Look(@Nullable String text, @Nullable String problem) {}

    /** Looks at the file. Comes back without an error whatever is there. */
    synchronized void lookAgain() {
        Look look = look();
        boolean still = look.equals(last);
        last = look;
        if (still && !look.equals(handled)) {
            handled = look;
            handle(look);
        }
    }

    private Look look() {
        try {
            return new Look(file.get(), null);
        } catch (ConfigException e) {
            return new Look(null, e.getMessage());
        }
    }

    private void handle(Look look) {
        if (look.text() == null) {
            tell(String.valueOf(look.problem()), null);
            return;
        }
        try {
            target.accept(layers.withFileText(look.text()));
        } catch (ConfigException e) {
            tell(String.valueOf(e.getMessage()), null);
        } catch (RuntimeException | LinkageError e) {
            tell(e.toString(), e);
        }
    }

    private static void tell(String problem, @Nullable Throwable cause) {
        LOG.log(System.Logger.Level.WARNING, "the configuration stays as it was: " + problem, cause);
    }
}
