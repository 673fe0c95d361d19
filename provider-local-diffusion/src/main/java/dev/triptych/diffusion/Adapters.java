package dev.triptych.diffusion;

import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.ModelLoadException;
import dev.triptych.NearestNames;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Adapter;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.LoraWish;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.AdapterOptions;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.family.Options;
import dev.triptych.diffusion.family.PicturePrompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The LoRAs, textual inversions and IP-Adapters that one generator has among its settings, for the requests that name
 * them. A file is opened when it is asked for first, kept, and opened again when it changed. Thread-safe.
 */
final class Adapters {

    /** How many names an error lists. */
    private static final int LISTED = 3;

    private final Map<String, Lora> loras;
    private final Function<ModelSource, Path> places;
    private final KnownEmbeddings embeddings;
    private final PictureAdapters pictures;

    /** Adapters fitted to the generator's model, by name and hash; guarded by this. */
    private final Map<String, Adapter> fitted = new HashMap<>();

    /** @param places where a file of the settings is */
    Adapters(LocalSettings settings, Function<ModelSource, Path> places) {
        this.loras = settings.loras();
        this.places = places;
        this.embeddings = new KnownEmbeddings(settings.embeddings(), places);
        this.pictures = new PictureAdapters(settings.ipAdapters(), places);
    }

    /**
     * What a request asked for.
     *
     * @param family the model with it
     * @param embeddings the textual inversions among it
     * @param options what the effective request says of it
     */
    record Chosen(Family family, List<Embedding> embeddings, Map<String, String> options) {

        /** Another model with the textual inversions that it takes. */
        Family on(Family other) {
            List<Embedding> taken = embeddings.stream().filter(other::takes).toList();
            return taken.isEmpty() ? other : other.with(Adaptation.none(), taken);
        }
    }

    /** A LoRA with the strengths that count. */
    private record Strengths(String name, Lora lora, double denoiser, double text) {

        boolean isOff() {
            return denoiser == 0 && text == 0;
        }

        @Override
        public String toString() {
            return name + ":" + denoiser + ":" + text;
        }
    }

    /**
     * The model as {@code request} wants it.
     *
     * @param family the generator's model
     * @throws dev.triptych.UnsupportedRequestException if it names a LoRA that is not configured
     * @throws ModelLoadException if a file cannot be read, or does not fit the model
     */
    Chosen choose(Family family, ImageRequest request, Options options, Notices notices) {
        Map<String, String> effective = new TreeMap<>();
        List<Adaptation.Applied> applied = new ArrayList<>();
        List<Embedding> used = new ArrayList<>(embeddings.usedIn(request));
        List<Strengths> asked = wishes(options);
        List<Strengths> wishes = withThoseOf(request, asked);
        for (Strengths wish : wishes) {
            if (!wish.isOff()) {
                Adapter adapter = fitted(family, wish);
                adapter.warnings().forEach(warning -> notices.notice("options." + AdapterOptions.LORA, warning));
                applied.add(new Adaptation.Applied(adapter, (float) wish.denoiser(), (float) wish.text()));
                used.addAll(Embedding.bundled(adapter));
            }
        }
        used.forEach(embedding -> requireTaken(family, embedding));
        if (!asked.isEmpty()) {
            effective.put(
                    AdapterOptions.LORA,
                    String.join(",", asked.stream().map(Strengths::toString).toList()));
        }
        PromptLoras.tellUnknown(request, notices);
        putHashes(wishes, embeddings.usedIn(request), effective);
        putPictureHashes(request, effective);
        requireSame(options, effective, AdapterOptions.LORA_HASHES);
        requireSame(options, effective, AdapterOptions.EMBEDDING_HASHES);
        requireSame(options, effective, AdapterOptions.IP_ADAPTER_HASHES);
        boolean plain = applied.isEmpty() && used.isEmpty();
        Family adapted = plain ? family : family.with(new Adaptation(applied), used);
        List<PicturePrompt> looks = pictures.prompts(request);
        return new Chosen(looks.isEmpty() ? adapted : adapted.lookingAt(looks), used, effective);
    }

    /** What {@code family} honours with these. */
    Capabilities honoured(Family family) {
        return pictures.honoured(family, family.capabilities());
    }

    /** The request with the hashes of the files that it names, so that the same request means the same picture. */
    ImageRequest pinned(ImageRequest request) {
        Map<String, String> hashes = new TreeMap<>();
        List<Strengths> wishes = withThoseOf(request, wishes(new Options(request.options())));
        putHashes(wishes, embeddings.usedIn(request), hashes);
        putPictureHashes(request, hashes);
        if (hashes.isEmpty()) {
            return request;
        }
        Map<String, String> options = new TreeMap<>(request.options());
        hashes.forEach(options::putIfAbsent);
        return request.toBuilder().options(options).build();
    }

    private void putHashes(List<Strengths> wishes, List<Embedding> used, Map<String, String> options) {
        List<String> ofLoras = wishes.stream()
                .filter(wish -> !wish.isOff())
                .map(wish -> wish.name() + "="
                        + Adapter.hash(places.apply(wish.lora().source())))
                .toList();
        List<String> ofEmbeddings = used.stream()
                .map(embedding -> embedding.words().get(0) + "=" + embedding.hash())
                .toList();
        if (!ofLoras.isEmpty()) {
            options.put(AdapterOptions.LORA_HASHES, String.join(",", ofLoras));
        }
        if (!ofEmbeddings.isEmpty()) {
            options.put(AdapterOptions.EMBEDDING_HASHES, String.join(",", ofEmbeddings));
        }
    }

    private void putPictureHashes(ImageRequest request, Map<String, String> options) {
        String hashes = pictures.hashes(request);
        if (!hashes.isEmpty()) {
            options.put(AdapterOptions.IP_ADAPTER_HASHES, hashes);
        }
    }

    private List<Strengths> wishes(Options options) {
        if (!options.has(AdapterOptions.LORA)) {
            return List.of();
        }
        return options.checked(AdapterOptions.LORA, LoraWish::parse).stream()
                .map(this::strengths)
                .toList();
    }

    /** {@code asked}, and what the prompt asks for. */
    private List<Strengths> withThoseOf(ImageRequest request, List<Strengths> asked) {
        List<Strengths> all = new ArrayList<>(asked);
        Set<String> names = asked.stream().map(Strengths::name).collect(Collectors.toCollection(HashSet::new));
        for (LoraWish wish : PromptLoras.in(request)) {
            Lora lora = loras.get(wish.name());
            if (lora == null) {
                throw LocalErrors.unsupported("prompt: <lora:…> must name one of the configured LoRAs but names another"
                        + nearest(wish.name()));
            }
            if (!names.add(wish.name())) {
                throw LocalErrors.unsupported("prompt: <lora:…> must name each LoRA once, and none of option "
                        + AdapterOptions.LORA + ", but names " + wish.name() + " again");
            }
            all.add(strengths(wish, lora));
        }
        return all;
    }

    private Strengths strengths(LoraWish wish) {
        Lora lora = loras.get(wish.name());
        if (lora == null) {
            throw LocalErrors.unsupported("option " + AdapterOptions.LORA
                    + ": a LoRA must be one of the configured but was \"" + wish.name() + "\"" + nearest(wish.name()));
        }
        return strengths(wish, lora);
    }

    private static Strengths strengths(LoraWish wish, Lora lora) {
        double denoiser = wish.denoiserStrength().orElse(lora.strength());
        return new Strengths(wish.name(), lora, denoiser, wish.textStrength().orElse(denoiser));
    }

    private String nearest(String name) {
        if (loras.isEmpty()) {
            return ", and none is configured (loras: in triptych.yaml, --lora FILE on the command line)";
        }
        List<String> near =
                NearestNames.to(name, loras.keySet()).stream().limit(LISTED).toList();
        return "; the nearest of " + loras.size() + (near.size() == 1 ? " is " : " are ") + String.join(", ", near);
    }

    private synchronized Adapter fitted(Family family, Strengths wish) {
        String key = wish.name() + "=" + Adapter.hash(places.apply(wish.lora().source()));
        Adapter known = fitted.get(key);
        if (known == null) {
            known = Adapter.open(wish.name(), places.apply(wish.lora().source()), family.modules());
            fitted.put(key, known);
        }
        return known;
    }

    private static void requireTaken(Family family, Embedding embedding) {
        if (!family.takes(embedding)) {
            throw new ModelLoadException(
                    "textual inversion " + embedding.describe() + ", must fit a text encoder of the model, "
                            + family.model() + ", but none has embeddings of that length");
        }
    }

    /** A request that says which contents it means gets those, or an error. */
    private static void requireSame(Options options, Map<String, String> effective, String key) {
        String found = effective.getOrDefault(key, "");
        options.text(key).filter(wanted -> !wanted.equals(found)).ifPresent(wanted -> {
            throw LocalErrors.unsupported("option " + key + " must name the files that are configured, \"" + found
                    + "\", but was \"" + wanted + "\": they are other files");
        });
    }
}
