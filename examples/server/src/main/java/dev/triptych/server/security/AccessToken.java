package dev.triptych.server.security;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What lets a client in. A program sends it with each request ({@code Authorization: Bearer}, {@code x-api-key}, or as
 * the password of any user); the page trades it once for a cookie that is not the token, since pictures and event
 * streams carry no header. Compared in constant time. Immutable.
 */
public final class AccessToken {

    /** The shortest token: 16 characters. */
    public static final int MIN_LENGTH = 16;

    /** The name of the cookie. */
    static final String COOKIE = "triptych";

    private final byte[] digest;
    private final String cookie;

    /**
     * The token {@code text}.
     *
     * @throws IllegalArgumentException if it is shorter than {@value #MIN_LENGTH} characters
     */
    public AccessToken(String text) {
        check(text);
        this.digest = digest(text);
        this.cookie = cookieOf(text);
    }

    /**
     * Checks that {@code text} may be a token.
     *
     * @throws IllegalArgumentException if it is shorter than {@value #MIN_LENGTH} characters
     */
    public static void check(String text) {
        if (text.length() < MIN_LENGTH) {
            throw new IllegalArgumentException(
                    "--token must have at least " + MIN_LENGTH + " characters but has " + text.length());
        }
    }

    /** Whether {@code given} is the token. */
    public boolean matches(String given) {
        return MessageDigest.isEqual(digest, digest(given));
    }

    /** What the cookie holds. */
    String cookieValue() {
        return cookie;
    }

    /** How a request shows that it may. */
    enum Shown {
        /** It does not. */
        NOT,
        /** By a header, which no other site can make a browser send. */
        BY_HEADER,
        /** By the cookie, which a browser sends by itself. */
        BY_COOKIE
    }

    Shown shownBy(HttpServletRequest request) {
        if (headerTokens(request).anyMatch(this::matches)) {
            return Shown.BY_HEADER;
        }
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            byte[] wanted = cookie.getBytes(StandardCharsets.US_ASCII);
            for (Cookie each : cookies) {
                byte[] found = each.getValue().getBytes(StandardCharsets.UTF_8);
                if (each.getName().equals(COOKIE) && MessageDigest.isEqual(wanted, found)) {
                    return Shown.BY_COOKIE;
                }
            }
        }
        return Shown.NOT;
    }

    private static Stream<String> headerTokens(HttpServletRequest request) {
        String authorization = request.getHeader("Authorization");
        return Stream.of(
                        Optional.ofNullable(request.getHeader("x-api-key")),
                        scheme(authorization, "bearer"),
                        scheme(authorization, "basic").flatMap(AccessToken::password))
                .flatMap(Optional::stream);
    }

    private static Optional<String> scheme(@Nullable String authorization, String name) {
        if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(name + " ")) {
            return Optional.empty();
        }
        return Optional.of(authorization.substring(name.length() + 1).strip()).filter(value -> !value.isEmpty());
    }

    private static Optional<String> password(String basic) {
        try {
            String pair = new String(Base64.getDecoder().decode(basic), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            return colon < 0 ? Optional.empty() : Optional.of(pair.substring(colon + 1));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static String cookieOf(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(digest(text), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal("cookie of the studio".getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has HmacSHA256", e);
        }
    }

    /** Nothing of the token. */
    @Override
    public String toString() {
        return "AccessToken";
    }
}
