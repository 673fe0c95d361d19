package dev.triptych.openai;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * Which addresses a picture may be fetched from. A server's answer names the address, so it must not lead into the
 * network that we stand in (server-side request forgery). Allowed are public addresses over https; and what the
 * operator named by configuring it: the host of the base URL itself, loopback where that is loopback, http where that
 * is http. Immutable.
 *
 * @param baseHost the host of the base URL, in lower case
 * @param http whether http is allowed beside https
 * @param loopback whether the base URL is on this machine
 */
record AddressRules(String baseHost, boolean http, boolean loopback) {

    /** What names an address itself: IPv6, or digits and dots. */
    private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*|[0-9.]+");

    /** The rules for a server at {@code baseUrl}. */
    static AddressRules of(HttpUrl baseUrl) {
        String host = baseUrl.host();
        return new AddressRules(host, !baseUrl.isHttps(), isLoopback(host));
    }

    private static boolean isLoopback(String host) {
        if (host.equals("localhost") || host.endsWith(".localhost")) {
            return true;
        }
        try {
            return isLiteral(host) && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false; // digits and dots that are no address: nothing to reach
        }
    }

    /** Whether {@code host} is an address itself, which OkHttp does not look up. */
    static boolean isLiteral(String host) {
        return LITERAL.matcher(host).matches();
    }

    /**
     * Makes sure that all of {@code host}'s addresses are allowed.
     *
     * @throws RefusedAddressException if one is not
     */
    List<InetAddress> check(String host, List<InetAddress> addresses) throws RefusedAddressException {
        for (InetAddress address : addresses) {
            if (!allows(host, address)) {
                throw new RefusedAddressException(host);
            }
        }
        return addresses;
    }

    private boolean allows(String host, InetAddress address) {
        return host.equals(baseHost) || isPublic(address) || (loopback && address.isLoopbackAddress());
    }

    /** Whether {@code address} is reachable on the public internet (IANA special-purpose registries, RFC 6890). */
    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? isPublicV4(bytes, 0) : isPublicV6((Inet6Address) address, bytes);
    }

    private static boolean isPublicV4(byte[] bytes, int at) {
        int a = bytes[at] & 0xff;
        int b = bytes[at + 1] & 0xff;
        int c = bytes[at + 2] & 0xff;
        boolean special = a == 0
                || a == 10
                || a == 127
                || (a == 100 && b >= 64 && b < 128) // shared by carriers
                || (a == 169 && b == 254) // link-local, cloud metadata
                || (a == 172 && b >= 16 && b < 32)
                || (a == 192 && b == 0 && (c == 0 || c == 2))
                || (a == 192 && b == 168)
                || (a == 198 && (b == 18 || b == 19)) // benchmarks
                || (a == 198 && b == 51 && c == 100)
                || (a == 203 && b == 0 && c == 113)
                || a >= 224;
        return !special;
    }

    /** Only 2000::/3 is given out; addresses in it that carry an IPv4 address are as public as that one. */
    private static boolean isPublicV6(Inet6Address address, byte[] bytes) {
        if (address.isIPv4CompatibleAddress()) {
            return false;
        }
        int first = (bytes[0] & 0xff) << 8 | (bytes[1] & 0xff);
        if (first == 0x0064 && (bytes[2] & 0xff) == 0xff && (bytes[3] & 0xff) == 0x9b) {
            return isPublicV4(bytes, 12); // NAT64, 64:ff9b::/96
        }
        if (first == 0x2002) {
            return isPublicV4(bytes, 2); // 6to4
        }
        boolean teredoOrDocumentation = first == 0x2001
                && ((bytes[2] == 0 && bytes[3] == 0) || ((bytes[2] & 0xff) == 0x0d && (bytes[3] & 0xff) == 0xb8));
        return (bytes[0] & 0xe0) == 0x20 && !teredoOrDocumentation;
    }

    /** An answer named an address that is none of its business. */
    static final class RefusedAddressException extends UnknownHostException {
        RefusedAddressException(String host) {
            super("address must be a public one but was not: " + host);
        }
    }
}
