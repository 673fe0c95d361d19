package dev.triptych.openai;

import java.io.IOException;

/** What arrives cannot be used, though the connection is fine: too large, or no base64. Becomes one of our errors. */
final class UnusablePictureException extends IOException {

    UnusablePictureException(String message) {
        super(message);
    }

    UnusablePictureException(String message, Throwable cause) {
        super(message, cause);
    }
}
