package dev.triptych.diffusion.hub;

import java.net.URI;
import java.util.Locale;

/**
 * Whom an address belongs to: scheme, host and port. Another port of the same host is another origin. Immutable.
 *
 * @param scheme {@code http} or {@code https}, lower case
 * @param host lower case
 * @param port the port, also where the address leaves it out
 */
record Origin(String scheme, String host, int port) {

    private static final Origin HUGGING_FACE = new Origin("https", "huggingface.co", 443);
    private static final Origin HF = new Origin("https", "hf.co", 443);

    /** The origin of {@code address}, an absolute http or https address. */
    static Origin of(URI address) {
        String scheme = address.getScheme().toLowerCase(Locale.ROOT);
        int standard = scheme.equals("https") ? 443 : 80;
        return new Origin(
                scheme,
                String.valueOf(address.getHost()).toLowerCase(Locale.ROOT),
                address.getPort() < 0 ? standard : address.getPort());
    }

    /** Whether {@code address} is an absolute http or https address with a host. */
    static boolean isHttp(URI address) {
        return address.getScheme() != null && address.getScheme().matches("(?i)https?") && address.getHost() != null;
    }

    /** Whether this is Hugging Face's own hub, to which mirrors send back. */
    boolean isHuggingFace() {
        return equals(HUGGING_FACE) || equals(HF);
    }

    /** Whether it is encrypted. */
    boolean isSecure() {
        return scheme.equals("https");
    }
}
