package dev.triptych.diffusion.hub;

import dev.triptych.AuthenticationException;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Locale;

/**
 * What the hub's refusals mean, one sentence each: by {@code X-Error-Code} where the hub gives one, else by the status
 * (huggingface_hub 2.4.0, utils/_http.py hf_raise_for_status). Stateless.
 */
final class HubErrors {

    private static final int MESSAGE_LIMIT = 200;

    private final HubSettings settings;

    HubErrors(HubSettings settings) {
        this.settings = settings;
    }

    /** The error for {@code response} to a question about {@code name}. */
    ImageGenerationException of(HubName name, HttpResponse<?> response, String text) {
        int status = response.statusCode();
        String code = response.headers().firstValue("X-Error-Code").orElse("");
        String message = message(response.headers(), text);
        return switch (code) {
            case "RepoNotFound" -> noRepository(name, status);
            case "GatedRepo" -> gated(name, response);
            case "RevisionNotFound" ->
                new ModelLoadException("revision " + name.revision() + " must be one of " + name.repository() + " on "
                        + settings.host() + " but is not");
            case "EntryNotFound" -> noFile(name);
            default -> byStatus(name, response, message);
        };
    }

    private ImageGenerationException byStatus(HubName name, HttpResponse<?> response, String message) {
        int status = response.statusCode();
        if (status == 401 && message.toLowerCase(Locale.ROOT).contains("invalid credentials")) {
            return new AuthenticationException(
                    "the token of " + settings.token().place() + " must be one that " + settings.host()
                            + " knows but is not",
                    origin(response));
        }
        if (status == 401 || status == 404) {
            return noRepository(name, status);
        }
        if (status == 403) {
            return new AuthenticationException(
                    settings.host() + " does not give " + name + " to "
                            + (settings.token().isPresent() ? "the owner of this token" : "everybody") + said(message),
                    origin(response));
        }
        if (status == 429) {
            ErrorOrigin origin = Backoff.asked(response)
                    .map(wait -> origin(response).withRetryAfter(wait))
                    .orElseGet(() -> origin(response));
            return new RateLimitedException(
                    settings.host() + " was asked too often from here; "
                            + (settings.token().isPresent()
                                    ? "try again later"
                                    : "a token (HF_TOKEN) raises the limit"),
                    origin);
        }
        return new ProviderUnavailableException(
                settings.host() + " could not answer for " + name + ": status " + status + said(message),
                origin(response));
    }

    private ImageGenerationException noRepository(HubName name, int status) {
        String hidden = settings.token().isPresent()
                ? "or this token may not see it"
                : "or it is private, which needs a token (HF_TOKEN)";
        return new ModelLoadException(name.repository() + " must be a model on " + settings.host() + " but "
                + "is not, " + hidden + " (status " + status + ")");
    }

    private ImageGenerationException gated(HubName name, HttpResponse<?> response) {
        return new AuthenticationException(
                name.repository() + " is gated: accept its terms at " + settings.endpoint() + "/" + name.repository()
                        + (settings.token().isPresent()
                                ? " with the account that this token belongs to"
                                : ", then set HF_TOKEN to a token of that account"),
                origin(response));
    }

    /** The repository has no such file. */
    ModelLoadException noFile(HubName name) {
        return new ModelLoadException(name.path() + " must be a file or folder of " + name.repository()
                + " at revision " + name.revision() + " but is not");
    }

    /** There was no answer. */
    ProviderUnavailableException unreachable(String what, IOException cause) {
        return new ProviderUnavailableException(
                settings.host() + " could not be reached for " + what + ": " + reason(cause),
                ErrorOrigin.of(LocalErrors.PROVIDER, Outcome.NOT_SENT),
                cause);
    }

    /** An answer that is no hub's. */
    ModelLoadException noHub(String found) {
        return new ModelLoadException(
                settings.endpoint() + " must be a Hugging Face hub but " + found + " (HF_ENDPOINT, a proxy?)");
    }

    /** What a network or a disk says, in words. */
    static String reason(Throwable error) {
        String message = error.getMessage();
        return message == null || message.isBlank() ? error.getClass().getSimpleName() : message;
    }

    private static ErrorOrigin origin(HttpResponse<?> response) {
        ErrorOrigin origin =
                ErrorOrigin.of(LocalErrors.PROVIDER, Outcome.NOT_SENT).withHttpStatus(response.statusCode());
        return response.headers()
                .firstValue("X-Request-Id")
                .map(origin::withRequestId)
                .orElse(origin);
    }

    /** The server's own words, cut, on one line and without our token. */
    private String message(HttpHeaders headers, String text) {
        String words = headers.firstValue("X-Error-Message").orElseGet(() -> {
            String body = text.strip();
            return body.startsWith("<") ? "" : body; // a page for a browser
        });
        String line = settings.token().scrubbed(words).replaceAll("\\s+", " ").strip();
        return line.length() > MESSAGE_LIMIT ? line.substring(0, MESSAGE_LIMIT) + "…" : line;
    }

    private static String said(String message) {
        return message.isEmpty() ? "" : ": " + message;
    }
}
