package dev.triptych.discord;

import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/** The relay's failures in the terms of the SDK. */
final class Errors {

    static final String PROVIDER = "discord";

    private Errors() {}

    static ImageGenerationException of(RestFailure failure, Outcome wished) {
        Outcome outcome = failure.kind() == RestFailure.Kind.UNREACHABLE ? Outcome.NOT_SENT : wished;
        ErrorOrigin origin = ErrorOrigin.of(PROVIDER, outcome);
        if (failure.status() > 0) {
            origin = origin.withHttpStatus(failure.status());
        }
        if (failure.retryAfterMillis() >= 0) {
            origin = origin.withRetryAfter(Duration.ofMillis(failure.retryAfterMillis()));
        }
        String message = String.valueOf(failure.getMessage());
        return switch (failure.kind()) {
            case UNAUTHORIZED, FORBIDDEN -> new AuthenticationException(message, origin, failure);
            case LIMITED -> new RateLimitedException(message, origin, failure);
            case CANCELLED -> new GenerationCancelledException(message, origin, failure);
            case UNAVAILABLE, UNREACHABLE -> new ProviderUnavailableException(message, origin, failure);
            case TOO_LARGE, BAD_REQUEST, NOT_FOUND -> new UnexpectedResponseException(message, origin, failure);
        };
    }

    static ProviderUnavailableException unavailable(String message, Outcome outcome) {
        return new ProviderUnavailableException(message, ErrorOrigin.of(PROVIDER, outcome));
    }

    static ProviderUnavailableException unavailable(String message, Outcome outcome, Throwable cause) {
        return new ProviderUnavailableException(message, ErrorOrigin.of(PROVIDER, outcome), cause);
    }

    static UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, PROVIDER);
    }

    /** Sets the interrupt flag again. */
    static GenerationCancelledException interrupted(Outcome outcome, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new GenerationCancelledException("generation was interrupted", ErrorOrigin.of(PROVIDER, outcome), cause);
    }

    static ImageGenerationException stopped(JobTracker.Stopped stopped, Outcome outcome) {
        ErrorOrigin origin = ErrorOrigin.of(PROVIDER, outcome);
        return switch (stopped.code()) {
            case AUTHENTICATION_FAILED, DISALLOWED_INTENTS -> new AuthenticationException(stopped.reason(), origin);
            default -> new UnexpectedResponseException(stopped.reason(), origin);
        };
    }

    /** What the other side gave as its reason. */
    static ImageGenerationException failed(Job job, BotSignal signal) {
        ErrorOrigin origin = rejected(job);
        String message = "the image bot must make pictures but answered \"" + signal.explanation() + "\"";
        return switch (signal.failure()) {
            case CONTENT_BLOCKED, STOPPED -> new ContentRejectedException(message, origin);
            case BUSY -> new RateLimitedException(message, origin);
            case NOT_ALLOWED, ACCOUNT, HUMAN_NEEDED -> new AuthenticationException(message, origin);
            case BAD_REQUEST -> new UnexpectedResponseException(message, origin);
            case BOT_FAILURE, NONE -> new ProviderUnavailableException(message, origin);
        };
    }

    static ContentRejectedException withdrawn(Job job) {
        return new ContentRejectedException(
                "a result must follow the progress message but that was deleted and nothing came: probably moderation",
                rejected(job));
    }

    static ContentRejectedException requestDeleted(Job job) {
        return new ContentRejectedException(
                "a result must answer message " + job.requestMessage
                        + " but that was deleted, probably by a moderator, and nothing came",
                unknown(job));
    }

    /** What is known of the channel's end, and what is not: whether the job was worked on. */
    static ImageGenerationException channelLost(Job job, RestFailure reason) {
        String message = "a result must come in the job's channel but " + reason.getMessage();
        return reason.kind() == RestFailure.Kind.FORBIDDEN
                ? new AuthenticationException(message, unknown(job), reason)
                : new UnexpectedResponseException(message, unknown(job), reason);
    }

    static UnexpectedResponseException blank(Job job) {
        return new UnexpectedResponseException(
                "the image bot's messages must be readable but came empty: switch on the MESSAGE CONTENT intent,"
                        + " or let the bot mention the relay in its answers",
                unknown(job));
    }

    static UnexpectedResponseException ambiguous(Job job, Map<String, String> held) {
        String candidates = held.entrySet().stream()
                .map(entry -> "message " + entry.getKey() + " fits jobs " + entry.getValue())
                .sorted()
                .collect(Collectors.joining("; "));
        return new UnexpectedResponseException("a result must belong to one job but " + candidates, unknown(job));
    }

    static ProviderUnavailableException late(Job job, int percent) {
        return new ProviderUnavailableException(
                "a result must come before the deadline but the job was at " + percent + " % then", unknown(job));
    }

    private static ErrorOrigin unknown(Job job) {
        return ErrorOrigin.of(PROVIDER, Outcome.UNKNOWN).withRequestId(job.id);
    }

    private static ErrorOrigin rejected(Job job) {
        return ErrorOrigin.of(PROVIDER, Outcome.REJECTED).withRequestId(job.id);
    }
}
