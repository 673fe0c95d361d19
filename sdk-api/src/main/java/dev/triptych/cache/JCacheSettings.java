package dev.triptych.cache;

import java.net.URI;
import java.util.Optional;

/**
 * A cache that other machines share, reached through JSR-107 ({@code javax.cache}), such as Redis through Redisson.
 *
 * @param provider class name of the caching provider; empty = the only one on the class path
 * @param uri the provider's configuration; empty = its default
 * @param name the cache's name; one of the configuration, else it is made
 */
public record JCacheSettings(Optional<String> provider, Optional<URI> uri, String name) {}
