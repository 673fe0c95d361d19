package dev.triptych;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The provider's answer cannot be read. */
public final class UnexpectedResponseException extends ImageGenerationException {

    private final transient byte @Nullable [] remains;

    /** An answer that cannot be read. */
    public UnexpectedResponseException(String message, ErrorOrigin origin) {
        super(message, origin);
        this.remains = null;
    }

    /** An answer that cannot be read. */
    public UnexpectedResponseException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
        this.remains = null;
    }

    private UnexpectedResponseException(UnexpectedResponseException from, byte[] remains) {
        super(String.valueOf(from.getMessage()), from.origin(), from);
        this.remains = remains.clone();
    }

    /** This error with what came of a picture that was made, and paid for, but did not come whole. */
    public UnexpectedResponseException withRemains(byte[] bytes) {
        return new UnexpectedResponseException(this, bytes);
    }

    /** What came of a picture that did not come whole; many viewers show the upper part of such a file. */
    public Optional<byte[]> remains() {
        return remains == null ? Optional.empty() : Optional.of(remains.clone());
    }
}
