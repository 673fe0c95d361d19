package dev.triptych.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.RequestJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A generator with some settings fixed, so that it can be compared with itself: 4 steps beside 20, one scheduler beside
 * another. Its settings win over those of a request. As thread-safe as the generator in it.
 *
 * <pre>{@code
 * ImageGenerator quick = Variant.of("quick", offline, "{\"steps\": 4}");
 * }</pre>
 */
public final class Variant implements ImageGenerator {

    /** What a variant leaves to the request: without these two would not answer the same question. */
    private static final List<String> NOT_SETTINGS = List.of("prompt", "count", "inputs", "mask", "reference");

    private final ImageGenerator base;
    private final ObjectNode settings;
    private final GeneratorInfo info;

    private Variant(String name, ImageGenerator base, ObjectNode settings) {
        this.base = base;
        this.settings = settings;
        GeneratorInfo original = base.info();
        this.info = new GeneratorInfo(
                name,
                original.provider(),
                original.model() + ", " + describe(settings),
                original.revision(),
                original.local());
    }

    /**
     * {@code base} under another name, with the fields of a request that {@code settings} holds as a JSON object.
     *
     * @throws IllegalArgumentException if {@code settings} are no such object, hold a field or value that no request
     *     has, or set what belongs to the request
     */
    public static Variant of(String name, ImageGenerator base, String settings) {
        if (!(CellJson.tree(settings) instanceof ObjectNode fields) || fields.isEmpty()) {
            throw new IllegalArgumentException(
                    "settings of variant " + name + " must be a JSON object with at least one field but were not");
        }
        for (String field : NOT_SETTINGS) {
            if (fields.has(field)) {
                throw new IllegalArgumentException(
                        "settings of variant " + name + " must leave " + field + " to the request but set it");
            }
        }
        Variant variant = new Variant(name, base, fields);
        try {
            variant.applied(ImageRequest.of("any"));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("settings of variant " + name + ": " + e.getMessage(), e);
        }
        return variant;
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        return base.generate(applied(request), context);
    }

    /** {@code request} with the settings in place of its own; a size also replaces a shape, and the other way round. */
    private ImageRequest applied(ImageRequest request) {
        ObjectNode fields = (ObjectNode) CellJson.tree(RequestJson.canonical(request));
        if (settings.has("size") || settings.has("aspectRatio")) {
            fields.remove(List.of("size", "aspectRatio"));
        }
        for (Map.Entry<String, JsonNode> setting : settings.properties()) {
            if (setting.getKey().equals("options") && fields.get("options") instanceof ObjectNode options) {
                options.setAll((ObjectNode) setting.getValue());
            } else {
                fields.set(setting.getKey(), setting.getValue().deepCopy());
            }
        }
        Map<String, ImageInput> inputs = new HashMap<>();
        request.inputs().forEach(input -> inputs.put(input.sha256(), input));
        request.mask().ifPresent(mask -> inputs.put(mask.sha256(), mask));
        return RequestJson.parse(fields.toString(), inputs::get);
    }

    /** The settings for a person: {@code steps=4, local.scheduler=ddim}. */
    private static String describe(ObjectNode settings) {
        Map<String, String> texts = new TreeMap<>();
        settings.properties().forEach(field -> {
            if (field.getValue() instanceof ObjectNode options) {
                options.properties()
                        .forEach(option ->
                                texts.put(option.getKey(), option.getValue().asText()));
            } else {
                texts.put(field.getKey(), field.getValue().asText());
            }
        });
        return String.join(
                ", ",
                texts.entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue())
                        .toList());
    }

    @Override
    public Capabilities capabilities() {
        return base.capabilities();
    }

    @Override
    public ImageRequest pinned(ImageRequest request) {
        return base.pinned(request);
    }

    /** The generator's, under the variant's name; the model tells the settings too. */
    @Override
    public GeneratorInfo info() {
        return info;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : base.unwrap(type);
    }

    /** Closes the generator. */
    @Override
    public void close() {
        base.close();
    }
}
