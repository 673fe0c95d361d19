package dev.triptych.server.security;

import dev.triptych.server.http.Json;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The gate before everything: whose {@code Host} is not ours, whose {@code Origin} is another site's, or who lacks the
 * token, gets no further. A page of another site cannot reach the server through the browser of somebody who sits at
 * this machine, not even by a name that it lets point here (DNS rebinding): names are checked, and no CORS header is
 * ever sent. Thread-safe.
 */
public final class RequestGate implements Filter {

    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
            + "frame-ancestors 'none'";

    private final Set<String> hosts;
    private final Optional<AccessToken> token;

    /**
     * A gate.
     *
     * @param boundHost the address that the server listens on
     * @param hostNames other names that lead to it, without ports
     * @param token what clients must show; empty = nothing
     */
    public RequestGate(String boundHost, List<String> hostNames, Optional<AccessToken> token) {
        this.hosts = new HashSet<>(Set.of("localhost", "127.0.0.1", "::1"));
        this.hosts.add(boundHost.toLowerCase(Locale.ROOT));
        hostNames.forEach(name -> this.hosts.add(name.toLowerCase(Locale.ROOT)));
        this.token = token;
    }

    @Override
    public void doFilter(ServletRequest anyRequest, ServletResponse anyResponse, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) anyRequest;
        HttpServletResponse response = (HttpServletResponse) anyResponse;
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        String host = request.getHeader("Host");
        if (host == null || !hosts.contains(hostOf(host))) {
            refuse(
                    request,
                    response,
                    403,
                    "host_not_allowed",
                    "the Host header must name this server; --host-name adds" + " a name");
        } else if (!sameOrigin(request, host)) {
            refuse(request, response, 403, "origin_not_allowed", "requests from pages of other sites are refused");
        } else if (isEncoded(request)) {
            refuse(request, response, 415, "unsupported_media_type", "Content-Encoding must be identity");
        } else if (!isPublic(request) && !mayPass(request)) {
            response.setHeader("WWW-Authenticate", request.getRequestURI().startsWith("/sdapi/") ? "Basic" : "Bearer");
            refuse(request, response, 401, "invalid_api_key", "the server's token must be sent with each request");
        } else {
            chain.doFilter(request, response);
        }
    }

    /** {@code host} without port and brackets, in lower case. */
    private static String hostOf(String host) {
        String name = host.strip().toLowerCase(Locale.ROOT);
        if (name.startsWith("[")) {
            int end = name.indexOf(']');
            return end < 0 ? "" : name.substring(1, end);
        }
        int colon = name.indexOf(':');
        return colon < 0 ? name : name.substring(0, colon);
    }

    private static boolean sameOrigin(HttpServletRequest request, String host) {
        String site = request.getHeader("Sec-Fetch-Site");
        boolean opensThePage =
                request.getMethod().equals("GET") && "document".equals(request.getHeader("Sec-Fetch-Dest"));
        if (site != null && site.equals("cross-site") && !opensThePage) {
            return false;
        }
        String origin = request.getHeader("Origin");
        return origin == null
                || origin.equalsIgnoreCase("http://" + host)
                || origin.equalsIgnoreCase("https://" + host);
    }

    private static boolean isEncoded(HttpServletRequest request) {
        String encoding = request.getHeader("Content-Encoding");
        return encoding != null && !encoding.equalsIgnoreCase("identity");
    }

    /** The page itself holds nothing of anybody's; it asks for the token. */
    private static boolean isPublic(HttpServletRequest request) {
        String path = request.getRequestURI();
        return path.equals("/health")
                || path.equals("/api/session")
                || (SAFE_METHODS.contains(request.getMethod()) && (path.equals("/") || path.startsWith("/studio/")));
    }

    private boolean mayPass(HttpServletRequest request) {
        if (token.isEmpty()) {
            return true;
        }
        return switch (token.get().shownBy(request)) {
            case BY_HEADER -> true;
            // A browser names the origin of whatever changes something; who sends a cookie without it is none.
            case BY_COOKIE -> SAFE_METHODS.contains(request.getMethod()) || request.getHeader("Origin") != null;
            case NOT -> false;
        };
    }

    /** The client that {@code request} comes from, for limits and idempotency. */
    public static String clientOf(HttpServletRequest request) {
        String agent = request.getHeader("Authorization");
        return agent == null && request.getHeader("x-api-key") == null ? "page" : "program";
    }

    private static void refuse(
            HttpServletRequest request, HttpServletResponse response, int status, String code, String message)
            throws IOException {
        byte[] body = Json.bytes(
                request.getRequestURI().startsWith("/sdapi/")
                        ? Json.object().put("detail", status == 401 ? "Incorrect username or password" : message)
                        : Json.object()
                                .set(
                                        "error",
                                        Json.object()
                                                .put("message", message)
                                                .put("type", "invalid_request_error")
                                                .put("code", code)));
        response.setStatus(status);
        response.setContentType("application/json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** The cookie that stands for the token, where {@code given} is it; empty where it is not, or none is needed. */
    public @Nullable String cookieFor(String given, boolean secure) {
        return token.filter(known -> known.matches(given))
                .map(known -> AccessToken.COOKIE + "=" + known.cookieValue() + "; Path=/; HttpOnly; SameSite=Strict"
                        + (secure ? "; Secure" : ""))
                .orElse(null);
    }

    /** Whether clients must show a token. */
    public boolean needsToken() {
        return token.isPresent();
    }
}
