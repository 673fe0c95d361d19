package dev.triptych.openai;

import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnexpectedResponseException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import okhttp3.Authenticator;
import okhttp3.CookieJar;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a finished picture from the address that an answer named. Thread-safe.
 *
 * <p>The address is checked against {@link AddressRules} where OkHttp looks it up, so that the address that was checked
 * is the one that is connected to; each redirect is checked the same way. No key, cookie or other header of the API
 * goes along. Behind a configured proxy the proxy looks names up, and only addresses given as numbers are checked.
 */
final class UrlFetcher {

    /** Half of what browsers follow; storage behind gateways takes four or five. */
    private static final int MAX_REDIRECTS = 10;

    private static final int STATUS_OK = 200;

    private final HttpTransport transport;
    private final OkHttpClient client;
    private final HttpUrl base;
    private final AddressRules rules;
    private final long maxImageBytes;
    private final String providerId;

    /** A fetcher for the answers of the server at {@code base}, against which a link without a host is read. */
    UrlFetcher(HttpTransport transport, HttpUrl base, long maxImageBytes, String providerId) {
        this.transport = transport;
        this.base = base;
        this.rules = AddressRules.of(base);
        this.client = withoutCredentials(
                transport.client(), new CheckedDns(transport.client().dns(), rules));
        this.maxImageBytes = maxImageBytes;
        this.providerId = providerId;
    }

    /** The shared client with the checked look-up; a last interceptor takes away keys that others may have added. */
    private static OkHttpClient withoutCredentials(OkHttpClient shared, Dns dns) {
        return shared.newBuilder()
                .dns(dns)
                .cookieJar(CookieJar.NO_COOKIES)
                .authenticator(Authenticator.NONE)
                .addNetworkInterceptor(chain -> chain.proceed(chain.request()
                        .newBuilder()
                        .removeHeader("Authorization")
                        .removeHeader("api-key")
                        .removeHeader("x-api-key")
                        .removeHeader("x-key")
                        .removeHeader("x-goog-api-key")
                        .removeHeader("Cookie")
                        .build()))
                .build();
    }

    /**
     * The bytes behind {@code url}.
     *
     * @throws UnexpectedResponseException if the address is refused, or what lies there is too large
     * @throws ImageFetchException if fetching failed in a way that may pass; its download is {@code again}
     */
    byte[] fetch(String url, GenerationContext context, ImagesApi.Limits limits, ImageFetchException.Download again) {
        try {
            HttpUrl next = parse(url);
            for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
                Hop result = hop(next, context, limits.timeLeft(context, providerId, Outcome.COMPLETED));
                if (result.status() == STATUS_OK) {
                    return result.picture().toByteArray();
                }
                if (!isRedirect(result.status())) {
                    throw failed(result.status());
                }
                next = redirected(next, result.location());
            }
            throw refused("picture must be found within " + MAX_REDIRECTS + " redirects but was not");
        } catch (ProviderUnavailableException e) {
            if (e.getCause() instanceof AddressRules.RefusedAddressException refused) {
                throw refused("url of a picture must lead to a public address but did not", refused);
            }
            throw new ImageFetchException(
                    "picture must be fetched from where the answer says but could not: " + e.getMessage(),
                    e.origin(),
                    e,
                    again,
                    List.of(absolute(url)));
        }
    }

    /** What one request gave: a status, and with it the picture or where else to look. */
    private record Hop(int status, ByteChunks picture, String location) {}

    private Hop hop(HttpUrl url, GenerationContext context, Duration limit) {
        checkScheme(url);
        checkLiteral(url);
        Request request =
                new Request.Builder().url(url).header("Accept", "image/*").build();
        return transport.get(client, request, context, limit, this::read);
    }

    private Hop read(ApiAnswer answer) throws IOException {
        if (isRedirect(answer.status())) {
            return new Hop(
                    answer.status(),
                    new ByteChunks(0),
                    answer.header("Location").orElse(""));
        }
        ByteChunks picture = new ByteChunks(maxImageBytes);
        if (answer.status() == STATUS_OK) {
            answer.body().transferTo(picture);
        }
        return new Hop(answer.status(), picture, "");
    }

    /** {@code url} as an address by itself. */
    URI absolute(String url) {
        HttpUrl parsed = resolved(url);
        return parsed == null ? URI.create(ServerSettings.encoded(url)) : parsed.uri();
    }

    private @Nullable HttpUrl resolved(String url) {
        return base.newBuilder().addPathSegment("").build().resolve(url.strip());
    }

    private HttpUrl parse(String url) {
        HttpUrl parsed = resolved(url);
        if (parsed == null) {
            throw refused("url of a picture must be an http or https address but was not");
        }
        return parsed;
    }

    private static boolean isRedirect(int status) {
        return status >= 300 && status < 400;
    }

    private ProviderUnavailableException failed(int status) {
        return new ProviderUnavailableException(
                "status must be 200 but was " + status,
                ErrorOrigin.of(providerId, Outcome.COMPLETED).withHttpStatus(status));
    }

    private HttpUrl redirected(HttpUrl from, String location) {
        HttpUrl to = from.resolve(location);
        if (to == null || location.isEmpty()) {
            throw refused("redirect of a picture must lead to an http or https address but did not");
        }
        return to;
    }

    private void checkScheme(HttpUrl url) {
        if (!url.isHttps() && !rules.http()) {
            throw refused("url of a picture must be https but was http");
        }
    }

    private void checkLiteral(HttpUrl url) {
        if (!AddressRules.isLiteral(url.host())) {
            return;
        }
        try {
            rules.check(url.host(), List.of(InetAddress.getAllByName(url.host())));
        } catch (UnknownHostException e) {
            throw refused("url of a picture must lead to a public address but did not", e);
        }
    }

    private ImageGenerationException refused(String message) {
        return new UnexpectedResponseException(message, ErrorOrigin.of(providerId, Outcome.COMPLETED));
    }

    private ImageGenerationException refused(String message, Exception cause) {
        return new UnexpectedResponseException(message, ErrorOrigin.of(providerId, Outcome.COMPLETED), cause);
    }

    /** A look-up that refuses a name as soon as one of its addresses is refused. */
    private record CheckedDns(Dns system, AddressRules rules) implements Dns {
        @Override
        public List<InetAddress> lookup(String hostname) throws UnknownHostException {
            return rules.check(hostname, system.lookup(hostname));
        }
    }
}
