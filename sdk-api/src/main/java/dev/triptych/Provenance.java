package dev.triptych;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.internal.Sha256;
import dev.triptych.media.DigitalSourceType;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.ImageHeader;
import dev.triptych.media.PngText;
import dev.triptych.media.XmpPacket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a picture came from, carried inside its PNG: enough to make it again. Immutable.
 *
 * <p>Three texts say it to three readers: {@code parameters} to the tools that know AUTOMATIC1111's form, an XMP packet
 * with the IPTC's digital source type to platforms that label such pictures, and {@value #PNG_KEYWORD} as JSON to us.
 * None holds a time or a path, so that the same picture is the same bytes.
 *
 * @param generator the generator's name in the configuration that made it
 * @param provider the provider's id, such as {@code "local"}
 * @param model the model's id or checkpoint's name
 * @param revision the model's revision or weights hash; {@code ""} where the provider does not say
 * @param seed the picture's own seed
 * @param requestJson the effective request for this one picture, as {@link RequestJson} writes it
 * @param requestSha256 SHA-256 of {@code requestJson}
 */
public record Provenance(
        String generator,
        String provider,
        String model,
        String revision,
        OptionalLong seed,
        String requestJson,
        String requestSha256) {

    /** The keyword under which a PNG carries our JSON. */
    public static final String PNG_KEYWORD = "triptych";

    /** Version of the JSON. */
    private static final int VERSION = 1;

    /**
     * {@code png} with its provenance written into it. One that carries content credentials (C2PA) comes back as it is,
     * since altered bytes read as tampered with: what is known of it is kept beside it, as {@link #json} writes it.
     *
     * @param effective the request after negotiation, with every default filled in that decides the picture
     * @param seed the picture's own seed, not the first one's of the request
     * @param parameters the same in AUTOMATIC1111's form
     * @throws IllegalArgumentException if {@code png} is malformed
     */
    public static byte[] stamp(
            byte[] png,
            ImageRequest effective,
            GeneratorInfo info,
            OptionalLong seed,
            GenerationParameters parameters) {
        Map<String, String> readable =
                Map.of(GenerationParameters.PNG_KEYWORD, parameters.format().replace('\0', ' '));
        Map<String, String> exact = new LinkedHashMap<>();
        exact.put(XmpPacket.PNG_KEYWORD, XmpPacket.of(sourceType(effective)));
        exact.put(PNG_KEYWORD, json(effective, info, seed));
        return PngText.withUtf8(PngText.with(png, readable), exact);
    }

    /**
     * The JSON under {@value #PNG_KEYWORD}, for a file beside a picture that must not be altered.
     *
     * @param effective the request after negotiation
     * @param seed the picture's own seed
     */
    public static String json(ImageRequest effective, GeneratorInfo info, OptionalLong seed) {
        ImageRequest.Builder single = effective.toBuilder().count(1);
        seed.ifPresentOrElse(single::seed, () -> single.seed((Long) null));
        ImageRequest request = single.build();
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("generator", info.name());
        tree.put("model", info.model());
        tree.put("provider", info.provider());
        tree.set("request", RequestJson.tree(request));
        tree.put("requestSha256", RequestJson.sha256(request));
        tree.put("revision", info.revision());
        seed.ifPresent(value -> tree.put("seed", value));
        tree.put("version", VERSION);
        return RequestJson.write(tree);
    }

    /** What a picture made for {@code request} is, in the IPTC's words. */
    public static DigitalSourceType sourceType(ImageRequest request) {
        return request.operation() == Operation.INPAINTING
                ? DigitalSourceType.COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA
                : DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA;
    }

    /** {@link #stamp(byte[], ImageRequest, GeneratorInfo, OptionalLong, GenerationParameters)} for a known seed. */
    public static byte[] stamp(
            byte[] png, ImageRequest effective, GeneratorInfo info, long seed, GenerationParameters parameters) {
        return stamp(png, effective, info, OptionalLong.of(seed), parameters);
    }

    /** {@code png} with its provenance, the parameters taken from the request alone. */
    public static byte[] stamp(byte[] png, ImageRequest effective, GeneratorInfo info, OptionalLong seed) {
        return stamp(png, effective, info, seed, parameters(png, effective, info, seed));
    }

    /**
     * What {@code png} says of itself; empty where it says nothing in our form.
     *
     * @throws IllegalArgumentException if {@code png} is malformed, or what it says cannot be read
     */
    public static Optional<Provenance> read(byte[] png) {
        String json = PngText.read(png).get(PNG_KEYWORD);
        return json == null ? Optional.empty() : Optional.of(parse(json));
    }

    /**
     * The request that makes this picture again.
     *
     * @param inputs gives the input picture with a SHA-256, or null where there is none
     * @throws IllegalArgumentException if an input picture is not to be had
     */
    public ImageRequest request(Function<String, @Nullable ImageInput> inputs) {
        return RequestJson.parse(requestJson, inputs);
    }

    /**
     * What {@code json} says, as {@link #json} writes it.
     *
     * @throws IllegalArgumentException if it cannot be read
     */
    public static Provenance parse(String json) {
        ObjectNode tree = RequestJson.object(RequestJson.read(json), PNG_KEYWORD);
        int version = tree.path("version").asInt();
        if (version != VERSION) {
            throw new IllegalArgumentException(PNG_KEYWORD + ".version must be " + VERSION + " but was "
                    + tree.path("version").asText("missing"));
        }
        String request = RequestJson.write(RequestJson.object(tree.path("request"), "request"));
        String sha256 = text(tree, "requestSha256");
        if (!sha256.equals(Sha256.hex(request.getBytes(StandardCharsets.US_ASCII)))) {
            throw new IllegalArgumentException("request must have the SHA-256 " + sha256 + " but was altered");
        }
        return new Provenance(
                text(tree, "generator"),
                text(tree, "provider"),
                text(tree, "model"),
                text(tree, "revision"),
                tree.path("seed").isIntegralNumber()
                        ? OptionalLong.of(tree.path("seed").longValue())
                        : OptionalLong.empty(),
                request,
                sha256);
    }

    private static String text(ObjectNode tree, String name) {
        JsonNode node = tree.path(name);
        if (!node.isTextual()) {
            throw RequestJson.wrong(PNG_KEYWORD + "." + name, "a text", node);
        }
        return node.textValue();
    }

    private static GenerationParameters parameters(
            byte[] png, ImageRequest effective, GeneratorInfo info, OptionalLong seed) {
        ImageHeader header = ImageHeader.read(png);
        Map<String, String> settings = new LinkedHashMap<>();
        effective.steps().ifPresent(steps -> settings.put("Steps", Integer.toString(steps)));
        effective.guidanceScale().ifPresent(scale -> settings.put("CFG scale", Double.toString(scale)));
        seed.ifPresent(value -> settings.put("Seed", Long.toString(value)));
        settings.put("Size", header.width() + "x" + header.height());
        settings.put("Model", info.model());
        effective.strength().ifPresent(strength -> settings.put("Denoising strength", Double.toString(strength)));
        settings.put("Version", "Triptych");
        return new GenerationParameters(effective.prompt(), effective.negativePrompt(), settings);
    }

    /** Everything but the request, which holds the prompts. */
    @Override
    public String toString() {
        return "Provenance[" + generator + ", " + provider + ", " + model + ", revision=" + revision + ", " + seed
                + ", requestSha256=" + requestSha256 + "]";
    }
}
