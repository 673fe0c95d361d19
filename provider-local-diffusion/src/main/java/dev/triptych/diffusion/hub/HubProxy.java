package dev.triptych.diffusion.hub;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The way out that {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY} name, as curl and
 * Python read them; Java's own settings where none of them is set. Immutable.
 */
final class HubProxy extends ProxySelector {

    private final Optional<Proxy> secure;
    private final Optional<Proxy> open;
    private final List<String> direct;

    private HubProxy(Optional<Proxy> secure, Optional<Proxy> open, List<String> direct) {
        this.secure = secure;
        this.open = open;
        this.direct = List.copyOf(direct);
    }

    /**
     * What {@code environment} names.
     *
     * @throws ModelLoadException if a variable names no proxy
     */
    static Optional<ProxySelector> of(Map<String, String> environment) {
        Optional<Proxy> any = proxy(environment, "ALL_PROXY");
        Optional<Proxy> secure = proxy(environment, "HTTPS_PROXY").or(() -> any);
        Optional<Proxy> open = proxy(environment, "HTTP_PROXY").or(() -> any);
        if (secure.isEmpty() && open.isEmpty()) {
            return Optional.ofNullable(ProxySelector.getDefault());
        }
        List<String> direct = List.of(value(environment, "NO_PROXY")
                .orElse("")
                .toLowerCase(Locale.ROOT)
                .split("[,\\s]+"));
        return Optional.of(new HubProxy(secure, open, direct));
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name.toLowerCase(Locale.ROOT)))
                .or(() -> Optional.ofNullable(environment.get(name)))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    private static Optional<Proxy> proxy(Map<String, String> environment, String name) {
        return value(environment, name).map(text -> {
            try {
                URI address = URI.create(text.contains("://") ? text : "http://" + text);
                if (Origin.isHttp(address) && address.getUserInfo() == null) {
                    Origin origin = Origin.of(address);
                    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(origin.host(), origin.port()));
                }
            } catch (IllegalArgumentException e) {
                throw new ModelLoadException(name + " must be the address of a proxy but is no address", e);
            }
            throw new ModelLoadException(
                    name + " must be the http address of a proxy, without a name or password in it, but was not");
        });
    }

    @Override
    public List<Proxy> select(URI address) {
        Origin origin = Origin.of(address);
        Optional<Proxy> proxy = origin.isSecure() ? secure : open;
        return List.of(isDirect(origin) ? Proxy.NO_PROXY : proxy.orElse(Proxy.NO_PROXY));
    }

    /** {@code *}, a host, or a domain with everything below it; a port may stand behind it. */
    private boolean isDirect(Origin origin) {
        String name = origin.host();
        if (name.equals("localhost") || name.equals("[::1]") || name.startsWith("127.")) {
            return true; // this machine
        }
        return direct.stream().anyMatch(rule -> {
            String host = rule.replaceFirst("^\\*?\\.", "");
            return rule.equals("*")
                    || host.equals(name)
                    || host.equals(name + ":" + origin.port())
                    || (!host.isEmpty() && name.endsWith("." + host));
        });
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        // whoever asked hears it
    }
}
