package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Turns what a server says in place of pictures into one of our errors, with what became of the call:
 *
 * <ul>
 *   <li>3xx and 4xx: {@link Outcome#REJECTED}, the work was not done;
 *   <li>429, and 503 with the server's own words: the same, and the call may be repeated later, unless the account has
 *       no credit or the server asks not to ({@code x-should-retry: false});
 *   <li>408 and any other 5xx: {@link Outcome#UNKNOWN}, since a gateway gives up while the model still paints.
 * </ul>
 *
 * <p>Codes come before statuses: a refusal is a refusal at 400, at 403 and inside a 200. Serves one call.
 */
final class ErrorMapper {

    private static final int STATUS_NOT_FOUND = 404;
    private static final int STATUS_TIMEOUT = 408;

    /** A server that quotes the whole request says its own words first or last. */
    private static final int MAX_BODY = 1024 * 1024;

    /** OpenAI now and in DALL·E's days, Azure outside and inside, Stability. */
    private static final List<String> REFUSALS = List.of(
            "moderation_blocked",
            "content_policy_violation",
            "contentFilter",
            "content_filter",
            "ResponsibleAIPolicyViolation",
            "content_moderation");

    /** The account, not the traffic: waiting does not help (help.openai.com, article 5955604). */
    private static final List<String> NO_CREDIT = List.of(
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_usage_limit_exceeded",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "billing_hard_limit_reached",
            "billing_not_active",
            "payment_required");

    /** Google says 400. */
    private static final List<String> WRONG_KEY = List.of("invalid_api_key", "API_KEY_INVALID");

    private static final List<String> TOO_FAST = List.of("rate_limit_exceeded", "rate_limit_error", "slow_down");

    private static final List<String> OVERLOADED = List.of("server_is_overloaded", "service_unavailable_error");

    private static final List<String> MALFORMED = List.of("invalid_request_error", "image_generation_user_error");

    private static final Pattern PRINTABLE = Pattern.compile("[A-Za-z0-9.+/_-]{1,80}");

    private final Redaction redaction;
    private final Clock clock;

    ErrorMapper(Redaction redaction, Clock clock) {
        this.redaction = redaction;
        this.clock = clock;
    }

    /** The error of an answer whose status is not 200. */
    ImageGenerationException of(ApiAnswer answer) {
        int status = answer.status();
        if (status >= 300 && status < 400) {
            return redirect(answer);
        }
        return map(answer, body(answer));
    }

    /** What an answer whose status is no success says. */
    static ErrorBody body(ApiAnswer answer) {
        return ErrorBody.parse(readBody(answer), answer.mediaType());
    }

    /** The error of an answer that says {@code body}; {@code sender} is the setting behind the field at fault. */
    ImageGenerationException of(ApiAnswer answer, ErrorBody body, Optional<String> sender) {
        ImageGenerationException error = map(answer, body);
        return error instanceof UnsupportedRequestException && sender.isPresent()
                ? new UnsupportedRequestException(
                        error.getMessage() + " (the field was sent for " + sender.get() + ")", error.origin())
                : error;
    }

    /** The error of a success that holds words in place of pictures. */
    ImageGenerationException withoutPictures(ApiAnswer answer, ErrorBody body) {
        return map(answer, body);
    }

    /** A success without a picture and without a refusal: {@code reason} and the server's own words say what else. */
    ImageGenerationException emptyAnswer(ApiAnswer answer, String reason, String words) {
        return new UnexpectedResponseException(
                "answer must hold at least one picture but held none" + reason
                        + (words.isBlank() ? "" : ": " + redaction.clean(words)),
                answer.origin(Outcome.UNKNOWN));
    }

    /** The refusal of a picture that was made and then held back. */
    ContentRejectedException filtered(ApiAnswer answer, String reason) {
        return new ContentRejectedException(
                "prompt and picture must pass " + answer.providerId() + "'s content policy but were refused (" + reason
                        + ")",
                answer.origin(Outcome.REJECTED));
    }

    /** The error that stands in a body with status 200, in place of all pictures or of one. */
    ImageGenerationException inBody(ApiAnswer answer, JsonNode error) {
        return map(answer, ErrorBody.ofError(error));
    }

    private ImageGenerationException map(ApiAnswer answer, ErrorBody body) {
        ErrorOrigin rejected = answer.origin(Outcome.REJECTED);
        String found = found(answer, body);
        int status = answer.status();
        if (body.is(REFUSALS)) {
            return new ContentRejectedException(
                    "prompt and inputs must pass " + answer.providerId() + "'s content policy but were refused" + found,
                    rejected);
        }
        if (body.is(NO_CREDIT) || status == 402) {
            return new AuthenticationException(
                    "account must have credit left but " + answer.providerId() + " says it has none" + found, rejected);
        }
        if (status == 401 || status == 403 || body.is(WRONG_KEY)) {
            return new AuthenticationException(
                    "api-key must be valid and allowed to make pictures but was refused" + found, rejected);
        }
        if (status == 429 || (status < 500 && body.is(TOO_FAST))) {
            return new RateLimitedException(
                    "calls must keep to " + answer.providerId() + "'s rate limit but were too many" + found,
                    withWait(rejected, answer, body));
        }
        if (isOverloaded(status, body) || (status < 500 && body.is(OVERLOADED))) {
            return new ProviderUnavailableException(
                    answer.providerId() + " must be able to serve but is not for now" + found,
                    withWait(rejected, answer, body));
        }
        if (status >= 500 || status == STATUS_TIMEOUT) {
            return new ProviderUnavailableException(
                    answer.providerId() + " must answer with pictures but failed" + found,
                    withWait(answer.origin(Outcome.UNKNOWN), answer, body));
        }
        return status >= 400 || body.is(MALFORMED)
                ? new UnsupportedRequestException(
                        "request must be one that " + answer.providerId() + " accepts but was refused" + found,
                        rejected)
                : new UnexpectedResponseException(
                        "answer must hold pictures but held an error" + found, answer.origin(Outcome.UNKNOWN));
    }

    /**
     * 409 and 425: not now; 503 and 529: overloaded, or a model is loading. A gateway says 503 too, with a page or
     * nothing, when it has lost a server that is at work; what writes JSON is the server.
     */
    private static boolean isOverloaded(int status, ErrorBody body) {
        return status == 409 || status == 425 || ((status == 503 || status == 529) && body.structured());
    }

    private ErrorOrigin withWait(ErrorOrigin origin, ApiAnswer answer, ErrorBody body) {
        Optional<Duration> wait = RetryAfter.of(answer, clock).or(body::estimatedTime);
        return wait.map(origin::withRetryAfter).orElse(origin);
    }

    /** The key goes to the configured server and nowhere else, so a redirect is not followed. */
    private static UnexpectedResponseException redirect(ApiAnswer answer) {
        return new UnexpectedResponseException(
                "answer must come from base-url itself but was a redirect with status " + answer.status() + " to "
                        + answer.header("Location").map(ErrorMapper::hostOf).orElse("nowhere")
                        + "; a key is never sent on, so set base-url to where the server is",
                answer.origin(Outcome.REJECTED));
    }

    private static String hostOf(String location) {
        try {
            URI uri = URI.create(location);
            String authority = uri.getRawAuthority(); // a host with an underscore is no host to URI
            return authority == null
                    ? "another path"
                    : printable(authority.replaceFirst("^.*@", "").replaceFirst(":\\d*$", ""));
        } catch (IllegalArgumentException e) {
            return "an address that cannot be read";
        }
    }

    /** Status, codes and the server's words, as far as they may be shown. */
    private String found(ApiAnswer answer, ErrorBody body) {
        StringBuilder text = new StringBuilder(" (status ").append(answer.status());
        append(text, "type", body.type());
        append(text, "code", body.code());
        append(text, "inner code", body.innerCode());
        append(text, "param", body.param());
        text.append(')');
        if (!body.message().isBlank()) {
            text.append(": ").append(redaction.clean(body.message()));
        } else if (body.equals(ErrorBody.NONE) && !answer.mayBeJson()) {
            text.append(": the body was ").append(printable(answer.mediaType()));
        } else if (body.equals(ErrorBody.NONE) && answer.status() == STATUS_NOT_FOUND) {
            text.append(": there is no such endpoint below base-url");
        }
        return text.toString();
    }

    private void append(StringBuilder text, String name, String value) {
        if (!value.isEmpty()) {
            text.append(", ").append(name).append(' ').append(redaction.clean(value));
        }
    }

    /** {@code word} where it is a plain one. */
    static String printable(String word) {
        return PRINTABLE.matcher(word).matches() ? word : "unnamed";
    }

    /** As much of the body as came: the status was read before and is what counts. */
    private static byte[] readBody(ApiAnswer answer) {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try {
            int count = answer.body().read(buffer);
            while (count >= 0 && read.size() < MAX_BODY) {
                read.write(buffer, 0, count);
                count = answer.body().read(buffer);
            }
        } catch (IOException e) {
            return read.toByteArray(); // cut off: what is there may still parse, and else the status decides
        }
        return read.toByteArray();
    }
}
