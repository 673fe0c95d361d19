package dev.triptych.config;

import dev.triptych.ImageGenerator;
import java.util.List;

/**
 * A decorator that is closed when its registry has let go of it and the last generator that it wrapped has closed.
 * Thread-safe.
 */
final class SharedDecorator {

    private final GeneratorDecorator decorator;
    private int users;
    private boolean shut;
    private boolean closed;

    SharedDecorator(GeneratorDecorator decorator) {
        this.decorator = decorator;
    }

    ImageGenerator guard(ImageGenerator provider, GeneratorSettings settings) {
        return decorator.guard(provider, settings);
    }

    /**
     * What callers get. Until it is closed, the decorator stays open and so do the generators that it is made of.
     *
     * @param parts the generator's own provider, then its fallbacks, all guarded
     */
    ImageGenerator wrap(List<SharedGenerator> parts, GeneratorSettings settings) {
        begin(parts);
        try {
            List<ImageGenerator> fallbacks = List.copyOf(parts.subList(1, parts.size()));
            return new OwningGenerator(decorator.wrap(parts.get(0), settings, fallbacks), () -> end(parts));
        } catch (RuntimeException e) {
            end(parts);
            throw e;
        }
    }

    private void begin(List<SharedGenerator> parts) {
        parts.forEach(SharedGenerator::hold);
        synchronized (this) {
            users++;
        }
    }

    private void end(List<SharedGenerator> parts) {
        parts.forEach(SharedGenerator::letGo);
        synchronized (this) {
            users--;
        }
        closeIfUnused();
    }

    /** Lets go of the decorator: it closes now, or after the last generator that it wrapped. */
    void shut() {
        synchronized (this) {
            shut = true;
        }
        closeIfUnused();
    }

    private void closeIfUnused() {
        synchronized (this) {
            if (!shut || closed || users > 0) {
                return;
            }
            closed = true;
        }
        decorator.close();
    }
}
