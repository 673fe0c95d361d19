package dev.triptych.cli;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorRegistry;

/**
 * A generator for one command, and the registry that owns it.
 *
 * @param generator the generator
 * @param registry closed with this
 */
record ChosenGenerator(ImageGenerator generator, GeneratorRegistry registry) implements AutoCloseable {

    @Override
    public void close() {
        registry.close();
    }
}
