package dev.triptych.diffusion;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.hub.AddressFiles;
import dev.triptych.diffusion.hub.HubName;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a model comes from, as a person writes it: a file or folder of this machine; a name on the Hugging Face Hub,
 * {@code owner/name}, {@code owner/name/file.safetensors}, each with {@code @revision} behind it where not the newest
 * is meant; or the https address of a file with its hash, {@code https://…#sha256=…}. What exists as a file or folder
 * is that, whatever else it could be. Immutable.
 *
 * <pre>{@code
 * ModelSource turbo = ModelSource.parse("stabilityai/sdxl-turbo").withVariant("fp16");
 * ModelSource file = ModelSource.parse("https://example.com/model.safetensors")
 *         .withSha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
 * LocalSettings settings = LocalSettings.bundled().withCheckpoint(turbo);
 * }</pre>
 *
 * @param location the path, name or address
 * @param isPath whether it is a path and nothing else
 * @param sha256 the hash of the file at an address, 64 hexadecimal digits
 * @param variant the weights' variant on the hub, such as {@code "fp16"}; empty = the plain ones, where there are some
 */
public record ModelSource(String location, boolean isPath, Optional<String> sha256, Optional<String> variant) {

    private static final String HASH = "#sha256=";
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern VARIANT = Pattern.compile("[A-Za-z0-9_]{1,32}");

    /**
     * Checks the hash and the variant.
     *
     * @throws IllegalArgumentException if the location is blank, or one of them is none
     */
    public ModelSource {
        if (location.isBlank()) {
            throw new IllegalArgumentException("model must be a path, a name on the hub or an address but was blank");
        }
        sha256 = sha256.map(hash -> hash.strip().toLowerCase(Locale.ROOT));
        if (sha256.isPresent() && !SHA256.matcher(sha256.get()).matches()) {
            throw new IllegalArgumentException(
                    "model-sha256 must be 64 hexadecimal digits but was \"" + sha256.get() + "\"");
        }
        if (variant.isPresent() && !VARIANT.matcher(variant.get()).matches()) {
            throw new IllegalArgumentException(
                    "model-variant must be a word such as fp16 but was \"" + variant.get() + "\"");
        }
    }

    /** A file or folder of this machine. */
    public static ModelSource of(Path path) {
        return new ModelSource(path.toString(), true, Optional.empty(), Optional.empty());
    }

    /**
     * What {@code text} names; nothing is looked at yet.
     *
     * @throws IllegalArgumentException if it is blank, or ends with a hash that is none
     */
    public static ModelSource parse(String text) {
        String location = text.strip();
        int hash = isAddress(location) ? location.indexOf(HASH) : -1;
        return hash < 0
                ? new ModelSource(location, false, Optional.empty(), Optional.empty())
                : new ModelSource(
                        location.substring(0, hash),
                        false,
                        Optional.of(location.substring(hash + HASH.length())),
                        Optional.empty());
    }

    /** The same with the hash of the file at the address. */
    public ModelSource withSha256(String hash) {
        return new ModelSource(location, isPath, Optional.of(hash), variant);
    }

    /** The same with another variant of the weights, such as {@code "fp16"}. */
    public ModelSource withVariant(String name) {
        return new ModelSource(location, isPath, sha256, Optional.of(name));
    }

    private static boolean isAddress(String location) {
        return location.regionMatches(true, 0, "https://", 0, 8) || location.regionMatches(true, 0, "http://", 0, 7);
    }

    /**
     * The address, if it is one.
     *
     * @throws ModelLoadException if it begins like one and is none
     */
    Optional<URI> address() {
        if (isPath || !isAddress(location)) {
            return Optional.empty();
        }
        try {
            return Optional.of(URI.create(location));
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException("model must be an https address but cannot be read as one");
        }
    }

    /** The name on the hub, if it could be one. */
    Optional<HubName> hubName() {
        return isPath || isAddress(location) ? Optional.empty() : HubName.parse(location);
    }

    /** A folder of a whole repository on the hub; empty if it is none. */
    Optional<ModelSource> folder(String name) {
        return hubName()
                .filter(whole -> whole.path().isEmpty())
                .map(whole -> new ModelSource(
                        whole.repository() + "/" + name + "@" + whole.revision(), false, Optional.empty(), variant));
    }

    /** What to call the model before its files are known. */
    String shortName() {
        if (hubName().isPresent()) {
            return hubName().get().toString();
        }
        String path = address().map(URI::getPath).orElse(location).replaceAll("[/\\\\]+$", "");
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }

    /** The location; of an address without its query, which may hold a key. */
    @Override
    public String toString() {
        return address().map(AddressFiles::shown).orElse(location);
    }
}
