package dev.triptych.openai;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import okhttp3.Connection;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;

/**
 * Through which proxy a host is reached: one that is configured, or what {@code HTTPS_PROXY}, {@code HTTP_PROXY},
 * {@code ALL_PROXY} and {@code NO_PROXY} say (upper or lower case), or else what Java's own settings say. This machine
 * is never reached through a proxy of the environment. Immutable; never printed, since a proxy's address may hold a
 * password.
 */
final class ProxyRules extends ProxySelector {

    private static final String PROXY_AUTHORIZATION = "Proxy-Authorization";

    private final Map<String, ProxyAddress> byScheme;
    private final List<String> exceptions;
    private final ProxySelector otherwise;

    private ProxyRules(Map<String, ProxyAddress> byScheme, List<String> exceptions, ProxySelector otherwise) {
        this.byScheme = Map.copyOf(byScheme);
        this.exceptions = List.copyOf(exceptions);
        this.otherwise = otherwise;
    }

    /**
     * Always {@code proxy}, or none at all where that is {@code "direct"}.
     *
     * @throws IllegalArgumentException if it is no address of a proxy
     */
    static ProxyRules always(String proxy) {
        if (proxy.strip().equalsIgnoreCase("direct")) {
            return new ProxyRules(Map.of(), List.of("*"), NONE);
        }
        ProxyAddress address = ProxyAddress.parse("proxy", proxy);
        return new ProxyRules(Map.of("http", address, "https", address), List.of(), NONE);
    }

    /** What {@code environment} says, and Java's own settings where it says nothing. */
    static ProxyRules ofEnvironment(Map<String, String> environment) {
        Map<String, ProxyAddress> byScheme = new HashMap<>();
        for (String scheme : List.of("http", "https")) {
            for (String name : List.of(scheme + "_proxy", "all_proxy")) {
                String value = variable(environment, name);
                if (!value.isEmpty()) {
                    byScheme.putIfAbsent(scheme, ProxyAddress.parse(name.toUpperCase(Locale.ROOT), value));
                }
            }
        }
        List<String> exceptions = Arrays.stream(
                        variable(environment, "no_proxy").split("[,\\s]+"))
                .filter(word -> !word.isEmpty())
                .map(word -> word.toLowerCase(Locale.ROOT))
                .toList();
        ProxySelector java = ProxySelector.getDefault();
        return new ProxyRules(byScheme, exceptions, java == null ? NONE : java);
    }

    private static String variable(Map<String, String> environment, String name) {
        String lower = environment.getOrDefault(name, "").strip();
        return lower.isEmpty()
                ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "").strip()
                : lower;
    }

    /** Sets {@code client} up to go by these rules. */
    void applyTo(OkHttpClient.Builder client) {
        client.proxySelector(this);
        boolean named = byScheme.values().stream()
                .anyMatch(proxy -> !proxy.authorization().isEmpty());
        if (named) {
            client.proxyAuthenticator((route, response) -> response.request().header(PROXY_AUTHORIZATION) != null
                    ? null // it was not taken
                    : authorized(response.request()));
            client.addNetworkInterceptor(chain -> {
                Connection connection = chain.connection();
                boolean forwarded = connection != null
                        && connection.route().proxy().type() == Proxy.Type.HTTP
                        && !chain.request().isHttps();
                return chain.proceed(forwarded ? authorized(chain.request()) : chain.request());
            });
        }
    }

    private Request authorized(Request request) {
        ProxyAddress proxy = byScheme.get(request.url().scheme());
        return proxy == null || proxy.authorization().isEmpty()
                ? request
                : request.newBuilder()
                        .header(PROXY_AUTHORIZATION, proxy.authorization())
                        .build();
    }

    @Override
    public List<Proxy> select(URI uri) {
        ProxyAddress proxy = byScheme.get(uri.getScheme());
        if (proxy == null) {
            return exceptions.contains("*") ? List.of(Proxy.NO_PROXY) : otherwise.select(uri);
        }
        return isException(uri) ? List.of(Proxy.NO_PROXY) : List.of(proxy.proxy());
    }

    /** {@code *}, a host, a domain with all below it, with or without a port. */
    private boolean isException(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
        if (otherwise != NONE && isThisMachine(host)) {
            return true;
        }
        return exceptions.stream().anyMatch(word -> {
            String name = word.endsWith(":" + port)
                    ? word.substring(
                            0, word.length() - 1 - Integer.toString(port).length())
                    : word;
            String domain = name.startsWith("*.") ? name.substring(1) : name;
            return name.equals("*")
                    || host.equals(domain)
                    || host.endsWith(domain.startsWith(".") ? domain : "." + domain)
                    || domain.equals("." + host);
        });
    }

    private static boolean isThisMachine(String host) {
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || host.startsWith("127.")
                || host.equals("[::1]");
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // Nothing is learnt from it: there is one proxy or none.
    }

    private static final ProxySelector NONE = new ProxySelector() {
        @Override
        public List<Proxy> select(URI uri) {
            return List.of(Proxy.NO_PROXY);
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException e) {
            // There is no proxy that could fail.
        }
    };

    /** One proxy, and the header that opens it; {@code ""} = none. */
    private record ProxyAddress(Proxy proxy, String authorization) {

        /** {@code http://[user:password@]host:port}, {@code socks5://host:port} or {@code host:port}. */
        static ProxyAddress parse(String key, String text) {
            String whole = text.contains("://") ? text : "http://" + text;
            boolean socks = whole.toLowerCase(Locale.ROOT).startsWith("socks");
            HttpUrl url = HttpUrl.parse(socks ? "http" + whole.substring(whole.indexOf("://")) : whole);
            if (url == null) {
                throw new IllegalArgumentException(
                        key + " must be an address such as http://proxy.example.com:3128 but was another text");
            }
            int port = whole.matches(".*:\\d+/?") ? url.port() : socks ? 1080 : url.port();
            Proxy proxy = new Proxy(
                    socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP, InetSocketAddress.createUnresolved(url.host(), port));
            return new ProxyAddress(
                    proxy, url.username().isEmpty() ? "" : Credentials.basic(url.username(), url.password()));
        }

        @Override
        public String toString() {
            return "ProxyAddress[" + proxy + "]";
        }
    }
}
