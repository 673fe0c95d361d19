package dev.triptych.diffusion;

import dev.triptych.ImageRequest;
import dev.triptych.diffusion.adapt.Adapter;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.network.rrdb.Rrdb;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What a generator enlarges pixels with: Lanczos, and the networks of its settings, each opened when it is first asked
 * for. Thread-safe.
 */
final class Enlargers {

    static final String LANCZOS = "lanczos";

    private final Map<String, ModelSource> sources;
    private final Function<ModelSource, Path> places;
    private final Engine engine;
    private final Map<String, Rrdb> opened = new ConcurrentHashMap<>();

    /**
     * @param sources the networks' files, by name
     * @param places where a source is on this machine
     */
    Enlargers(Map<String, ModelSource> sources, Function<ModelSource, Path> places, Engine engine) {
        this.sources = Map.copyOf(sources);
        this.places = places;
        this.engine = engine;
    }

    /** All names. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(sources.keySet());
        names.add(LANCZOS);
        return names;
    }

    /**
     * What {@code name} stands for; empty where there is none.
     *
     * @throws dev.triptych.ModelLoadException if its file is damaged or holds something else
     */
    Optional<Enlarger> named(String name) {
        if (name.equals(LANCZOS) && !sources.containsKey(LANCZOS)) {
            return Optional.of(Enlarger.lanczos());
        }
        return network(name).map(network -> Enlarger.network(network, engine));
    }

    /**
     * The same, which must be there.
     *
     * @throws dev.triptych.UnsupportedRequestException if it is not
     */
    Enlarger required(String name) {
        return named(name)
                .orElseThrow(() -> LocalErrors.unsupported(
                        "upscaler must be one of " + String.join(", ", names()) + " but was \"" + name + "\""));
    }

    /**
     * The request with the hash of the network that it names, so that the same request means the same picture.
     *
     * @throws dev.triptych.UnsupportedRequestException if it states another one
     */
    ImageRequest stated(ImageRequest request) {
        String name = request.options().getOrDefault(PictureOptions.HIRES_UPSCALER, "");
        ModelSource source = sources.get(name);
        if (source == null) {
            return request;
        }
        String found = Adapter.hash(places.apply(source));
        String stated = request.options().getOrDefault(PictureOptions.HIRES_UPSCALER_HASH, found);
        if (!stated.equals(found)) {
            throw LocalErrors.unsupported("option " + PictureOptions.HIRES_UPSCALER_HASH + " must be " + found
                    + ", as the upscaler " + name + " is, but was " + stated);
        }
        return request.toBuilder()
                .option(PictureOptions.HIRES_UPSCALER_HASH, found)
                .build();
    }

    private Optional<Rrdb> network(String name) {
        return Optional.ofNullable(sources.get(name))
                .map(source -> opened.computeIfAbsent(name, key -> Rrdb.open(places.apply(source))));
    }
}
