package dev.triptych.diffusion;

import dev.triptych.Capabilities;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.InputRole;
import dev.triptych.InputRule;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.adapt.Adapter;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.PicturePrompt;
import dev.triptych.diffusion.network.clip.ClipImageEncoder;
import dev.triptych.diffusion.network.ipadapter.IpAdapter;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The IP-Adapters that one generator has among its settings, for the requests whose pictures of role STYLE name them. A
 * file is opened when it is asked for first, kept, and opened again when it changed. Thread-safe.
 */
final class PictureAdapters {

    /** Pictures of one request; each is some tokens more in every attention. */
    private static final int MOST = 16;

    private static final String ENCODER = "image_encoder";

    private final Map<String, IpAdapterFile> files;
    private final Function<ModelSource, Path> places;

    /** By name and hash; guarded by this. */
    private final Map<String, Opened> opened = new HashMap<>();

    /** @param places where a file of the settings is */
    PictureAdapters(Map<String, IpAdapterFile> files, Function<ModelSource, Path> places) {
        this.files = files;
        this.places = places;
    }

    private record Opened(IpAdapter adapter, ClipImageEncoder encoder) {}

    /** How pictures for the IP-Adapters {@code names} are taken. */
    static InputRule rule(Set<String> names) {
        return InputRule.named(MOST, names);
    }

    /** {@code capabilities} of {@code family} with the pictures that its IP-Adapters take. */
    Capabilities honoured(Family family, Capabilities capabilities) {
        return files.isEmpty() || !family.looksAtPictures()
                ? capabilities
                : capabilities.toBuilder()
                        .inputs(InputRole.STYLE, rule(files.keySet()))
                        .build();
    }

    /**
     * What {@code request} wants to be looked at, in the order of its pictures.
     *
     * @throws dev.triptych.UnsupportedRequestException if a picture cannot be read, or those of one adapter differ in
     *     what holds for all of them
     * @throws ModelLoadException if a file cannot be read, or does not fit its image encoder
     */
    List<PicturePrompt> prompts(ImageRequest request) {
        List<PicturePrompt> prompts = new ArrayList<>();
        named(request).forEach((name, inputs) -> {
            ImageInput first = inputs.get(0);
            boolean alike = inputs.stream()
                    .allMatch(input -> input.strength() == first.strength()
                            && input.start() == first.start()
                            && input.end() == first.end());
            if (!alike) {
                throw LocalErrors.unsupported("inputs for the IP-Adapter " + name + " must have one strength and one"
                        + " window, because they are looked at together, but theirs differ");
            }
            Opened adapter = open(name);
            prompts.add(new PicturePrompt(
                    adapter.adapter(),
                    adapter.encoder(),
                    inputs.stream().map(PictureAdapters::decode).toList(),
                    first.strength(),
                    first.start(),
                    first.end()));
        });
        return prompts;
    }

    /** The contents of the files that {@code request} names: {@code name=hash}; empty where it names none. */
    String hashes(ImageRequest request) {
        return named(request).keySet().stream()
                .map(name -> name + "=" + contents(open(name)))
                .collect(Collectors.joining(","));
    }

    private static Map<String, List<ImageInput>> named(ImageRequest request) {
        Map<String, List<ImageInput>> named = new LinkedHashMap<>();
        for (ImageInput input : request.inputs(InputRole.STYLE)) {
            named.computeIfAbsent(input.name(), name -> new ArrayList<>()).add(input);
        }
        return named;
    }

    private static String contents(Opened adapter) {
        return Adapter.hashOf(adapter.adapter().contents() + adapter.encoder().contents());
    }

    private static Pixels decode(ImageInput input) {
        try {
            return Pixels.decode(input.bytes());
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported(
                    "inputs for the IP-Adapter " + input.name() + " must be pictures that can be read but one was not: "
                            + e.getMessage(),
                    e);
        }
    }

    private synchronized Opened open(String name) {
        IpAdapterFile file = files.get(name);
        if (file == null) {
            throw LocalErrors.unsupported(
                    "inputs with role STYLE must name an IP-Adapter that is configured but one names" + " \"" + name
                            + "\"");
        }
        Path path = places.apply(file.source());
        String key = name + "=" + Adapter.hash(path);
        Opened known = opened.get(key);
        if (known == null) {
            IpAdapter adapter = IpAdapter.open(path);
            ClipImageEncoder encoder = ClipImageEncoder.open(encoder(file, path));
            adapter.requireFits(encoder);
            known = new Opened(adapter, encoder);
            opened.put(key, known);
        }
        return known;
    }

    /** The vision tower's folder: as the settings say, else where the authors' repository has it. */
    private Path encoder(IpAdapterFile file, Path path) {
        Optional<Path> given = file.encoder().map(places);
        if (given.isPresent()) {
            return given.get();
        }
        Path folder = Objects.requireNonNull(path.toAbsolutePath().getParent());
        return Stream.of(
                        folder.resolve(ENCODER), folder.resolveSibling("models").resolve(ENCODER))
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow(() -> new ModelLoadException(path + " must have its image encoder beside it, as "
                        + folder.resolve(ENCODER) + ", or one be named (encoder), but has none"));
    }
}
