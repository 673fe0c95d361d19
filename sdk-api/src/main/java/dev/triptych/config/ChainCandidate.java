package dev.triptych.config;

import dev.triptych.AuthenticationException;
import dev.triptych.Capabilities;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;

/**
 * A generator that others stand in for: where it cannot be made, since its key is missing or another setting is wrong,
 * that is an answer of this one, which the next may follow, and no error of the whole. Thread-safe.
 */
final class ChainCandidate implements ImageGenerator {

    private final String type;
    private final SharedGenerator shared;

    /** {@code shared}, which is to be of {@code type}. */
    ChainCandidate(SharedGenerator shared, String type) {
        this.shared = shared;
        this.type = type;
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        try {
            return shared.generate(request, context);
        } catch (ConfigException e) {
            throw unusable(e);
        }
    }

    @Override
    public void prepare(GenerationContext context) {
        try {
            shared.prepare(context);
        } catch (ConfigException e) {
            throw unusable(e);
        }
    }

    private AuthenticationException unusable(ConfigException e) {
        return new AuthenticationException(String.valueOf(e.getMessage()), ErrorOrigin.of(type, Outcome.NOT_SENT), e);
    }

    @Override
    public Capabilities capabilities() {
        try {
            return shared.capabilities();
        } catch (ConfigException e) {
            return Capabilities.builder().build();
        }
    }

    @Override
    public GeneratorInfo info() {
        try {
            return shared.info();
        } catch (ConfigException e) {
            return new GeneratorInfo(shared.name(), type, "", "", false);
        }
    }

    @Override
    public ImageRequest pinned(ImageRequest request) {
        try {
            return shared.pinned(request);
        } catch (ConfigException e) {
            return request; // who asks for a picture hears why
        }
    }

    @Override
    public <T> T unwrap(Class<T> wanted) {
        return wanted.isInstance(this) ? wanted.cast(this) : shared.unwrap(wanted);
    }

    /** Does nothing: what is shared belongs to the registry. */
    @Override
    public void close() {
        shared.close();
    }

    @Override
    public String toString() {
        return shared.toString();
    }
}
