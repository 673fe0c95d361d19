package dev.triptych.cli;

/** A command could not do its work; the message is for the person at the terminal. */
final class CommandFailure extends RuntimeException {

    CommandFailure(String message) {
        super(message);
    }

    CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
