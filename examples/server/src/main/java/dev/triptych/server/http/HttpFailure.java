package dev.triptych.server.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that gets an error for an answer. Each API writes it in its own envelope. The message is for the client,
 * and holds no prompt, no key and no path of this machine.
 */
public final class HttpFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;
    private final @Nullable String param;

    /**
     * A failure.
     *
     * @param status the HTTP status, 400 to 599
     * @param code one word for programs, such as {@code "queue_full"}
     * @param message one sentence for a person
     */
    public HttpFailure(int status, String code, String message) {
        this(status, code, message, null);
    }

    /** A failure of the field {@code param}. */
    public HttpFailure(int status, String code, String message, @Nullable String param) {
        super(message);
        this.status = status;
        this.code = code;
        this.param = param;
    }

    /** A request that cannot be understood. */
    public static HttpFailure badRequest(String message) {
        return new HttpFailure(400, "invalid_request", message);
    }

    /** A request whose field {@code param} cannot be used. */
    public static HttpFailure badField(String param, String message) {
        return new HttpFailure(400, "invalid_value", message, param);
    }

    /** Something that is not there. */
    public static HttpFailure notFound(String what) {
        return new HttpFailure(404, "not_found", what + " does not exist here");
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** One word for programs. */
    public String code() {
        return code;
    }

    /** The field that is at fault, where it is one. */
    public Optional<String> param() {
        return Optional.ofNullable(param);
    }

    /** The message, which every failure has. */
    public String sentence() {
        String message = getMessage();
        return message == null ? code : message;
    }
}
