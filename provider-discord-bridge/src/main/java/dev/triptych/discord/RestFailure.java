package dev.triptych.discord;

import org.jspecify.annotations.Nullable;

/** A REST call that Discord did not carry out, or whose answer is lost. */
final class RestFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** What kind of failure, as far as the relay acts on it. */
    enum Kind {
        /** The token is wrong or was revoked; no further call is made. */
        UNAUTHORIZED,
        /** A permission is missing. */
        FORBIDDEN,
        /** The channel or message does not exist. */
        NOT_FOUND,
        /** The attachments are larger than the server allows. */
        TOO_LARGE,
        /** Discord will not accept the body. */
        BAD_REQUEST,
        /** A rate limit that would outlast the deadline, or too many refused calls. */
        LIMITED,
        /** Discord failed, or the connection did; what became of the call is unknown. */
        UNAVAILABLE,
        /** The connection could not even be made. */
        UNREACHABLE,
        /** The caller no longer wants the result. */
        CANCELLED
    }

    private final Kind kind;
    private final int status;
    private final int code;
    private final long retryAfterMillis;
    private final boolean sent;

    RestFailure(Kind kind, String message, int status, int code) {
        this(kind, message, status, code, -1);
    }

    RestFailure(Kind kind, String message, int status, int code, long retryAfterMillis) {
        super(message);
        this.kind = kind;
        this.status = status;
        this.code = code;
        this.retryAfterMillis = retryAfterMillis;
        this.sent = true;
    }

    RestFailure(Kind kind, String message, Throwable cause) {
        this(kind, message, cause, true);
    }

    private RestFailure(Kind kind, String message, @Nullable Throwable cause, boolean sent) {
        super(message, cause);
        this.kind = kind;
        this.status = -1;
        this.code = -1;
        this.retryAfterMillis = -1;
        this.sent = sent;
    }

    /** The call was cancelled before it went out. */
    static RestFailure notSent(String what) {
        return new RestFailure(Kind.CANCELLED, what + " was cancelled", null, false);
    }

    /** The thread was interrupted before the call went out. */
    static RestFailure interrupted(String what, InterruptedException cause) {
        return new RestFailure(Kind.CANCELLED, what + " was interrupted", cause, false);
    }

    Kind kind() {
        return kind;
    }

    /** The HTTP status; −1 where there was none. */
    int status() {
        return status;
    }

    /** Discord's own error code, such as 50013; −1 where there was none. */
    int code() {
        return code;
    }

    /** How long Discord asks to wait; −1 where it does not say. */
    long retryAfterMillis() {
        return retryAfterMillis;
    }

    /** Whether the call may have been carried out although its answer is lost. */
    boolean mayHaveHappened() {
        return kind == Kind.UNAVAILABLE || (kind == Kind.CANCELLED && sent);
    }

    /**
     * Whether the channel is closed to us: it is gone, or the permission to see it is. Discord's codes: 10003 unknown
     * channel, 10004 unknown guild, 50001 missing access, 50013 missing permissions.
     */
    boolean closesTheChannel() {
        return (kind == Kind.NOT_FOUND && (code == 10003 || code == 10004))
                || (kind == Kind.FORBIDDEN && (code == 50001 || code == 50013));
    }
}
