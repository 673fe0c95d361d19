package dev.triptych.cli;

import dev.triptych.AuthenticationException;
import dev.triptych.Capabilities;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.config.ConfigException;

/**
 * Stands in for a generator that lacks a key or has a wrong setting, so that the others can be compared all the same.
 */
final class UnusableGenerator implements ImageGenerator {

    private final String name;
    private final ConfigException reason;

    private UnusableGenerator(String name, ConfigException reason) {
        this.name = name;
        this.reason = reason;
    }

    /** {@code generator}, or one that says why it cannot be used. */
    static ImageGenerator orUsable(String name, ImageGenerator generator) {
        try {
            generator.info();
            return generator;
        } catch (ConfigException e) {
            return new UnusableGenerator(name, e);
        }
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        throw new AuthenticationException(
                String.valueOf(reason.getMessage()), ErrorOrigin.of("triptych", Outcome.NOT_SENT));
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder().build();
    }

    @Override
    public GeneratorInfo info() {
        return new GeneratorInfo(name, "triptych", "", "", false);
    }

    @Override
    public void close() {}
}
