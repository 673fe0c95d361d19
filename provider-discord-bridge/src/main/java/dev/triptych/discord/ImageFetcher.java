package dev.triptych.discord;

import dev.triptych.Cancellation;
import dev.triptych.media.ImageHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Fetches attachments: only from the hosts that are allowed, only up to a size, without the token, and never a picture
 * that is not whole. Thread-safe.
 */
final class ImageFetcher {

    private final OkHttpClient http;
    private final List<String> hosts;
    private final long mostBytes;
    private final MonotonicTime time;

    /** @param http a client that follows no redirects */
    ImageFetcher(OkHttpClient http, List<String> hosts, long mostBytes, MonotonicTime time) {
        this.http = http;
        this.hosts = List.copyOf(hosts);
        this.mostBytes = mostBytes;
        this.time = time;
    }

    /** A picture that could not be fetched this time; {@code message} says why and holds no signed address. */
    static final class FetchFailure extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean worthRepeating;

        FetchFailure(String message, boolean worthRepeating) {
            super(message);
            this.worthRepeating = worthRepeating;
        }

        FetchFailure(String message, boolean worthRepeating, Throwable cause) {
            super(message, cause);
            this.worthRepeating = worthRepeating;
        }

        /** Whether a fresh link, or another try, may help. */
        boolean isWorthRepeating() {
            return worthRepeating;
        }
    }

    /**
     * The bytes of {@code attachment}.
     *
     * @throws FetchFailure if they cannot be had, are too many, too few or no picture
     */
    @SuppressWarnings("try") // The registration is there to be closed.
    byte[] fetch(Message.Attachment attachment, CallScope scope) throws FetchFailure {
        HttpUrl url = allowed(attachment);
        if (attachment.size() > mostBytes) {
            throw tooLarge(attachment.size());
        }
        Call call = http.newCall(new Request.Builder().url(url).build());
        call.timeout().timeout(Math.max(1, scope.deadline() - time.millis()), TimeUnit.MILLISECONDS);
        try (Cancellation.Registration registration = scope.cancellation() == null
                        ? () -> {}
                        : scope.cancellation().onCancel(call::cancel);
                Response response = call.execute()) {
            return whole(attachment, read(response));
        } catch (IOException e) {
            throw new FetchFailure("picture could not be read from " + url.host(), true, e);
        }
    }

    private HttpUrl allowed(Message.Attachment attachment) throws FetchFailure {
        HttpUrl url = HttpUrl.parse(attachment.url());
        if (url == null) {
            throw new FetchFailure("picture must have a web address but has none", false);
        }
        boolean known = hosts.contains(url.host()) || hosts.contains(url.host() + ":" + url.port());
        if (!known) {
            throw new FetchFailure(
                    "picture must come from one of " + hosts + " (cdn-hosts) but is on " + url.host() + ":"
                            + url.port(),
                    false);
        }
        return url;
    }

    private byte[] read(Response response) throws IOException, FetchFailure {
        if (response.code() != 200) {
            throw new FetchFailure("picture must be answered with HTTP 200 but was with " + response.code(), true);
        }
        try (InputStream in = response.body().byteStream()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] part = new byte[16_384];
            for (int length = in.read(part); length >= 0; length = in.read(part)) {
                bytes.write(part, 0, length);
                if (bytes.size() > mostBytes) {
                    throw tooLarge(bytes.size());
                }
            }
            return bytes.toByteArray();
        }
    }

    private byte[] whole(Message.Attachment attachment, byte[] bytes) throws FetchFailure {
        if (attachment.size() >= 0 && bytes.length != attachment.size()) {
            throw new FetchFailure(
                    "picture must be " + attachment.size() + " bytes but " + bytes.length + " came", true);
        }
        try {
            ImageHeader.read(bytes);
            return bytes;
        } catch (IllegalArgumentException e) {
            throw new FetchFailure("picture cannot be used: " + e.getMessage(), true, e);
        }
    }

    private FetchFailure tooLarge(long bytes) {
        return new FetchFailure(
                "picture must be at most " + mostBytes + " bytes (download-limit) but was " + bytes, false);
    }
}
