package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.AspectRatio;
import dev.triptych.Capabilities;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.InputRule;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What one model honours: a row of {@link ModelTable}, read. Immutable.
 *
 * @param id the model's id
 * @param known whether the table has this model, or everything is merely passed on
 * @param ends the day on which its vendor retires or retired it
 * @param operations what it can be asked for
 * @param maxImages pictures of one call
 * @param maxInputs input pictures of one call
 * @param maxPromptCharacters the longest prompt
 * @param sizes sizes in pixels
 * @param ratios shapes, where it takes those in place of sizes; empty = it takes sizes
 * @param resolutions names of areas in pixels, where it takes those beside a shape
 * @param honoured the settings that have an effect
 * @param qualities the words for quality; empty = any
 * @param styles the words for style; empty = any
 * @param backgrounds the words for background; empty = any
 * @param outputFormats formats it writes; empty = any word is passed on
 * @param options parameters beyond the neutral fields
 * @param fields what it calls our settings, for servers whose models differ in that
 * @param inputs what it takes as an input picture
 * @param price what it costs, where that is known
 */
record ModelProfile(
        String id,
        boolean known,
        Optional<LocalDate> ends,
        Set<Operation> operations,
        int maxImages,
        int maxInputs,
        int maxPromptCharacters,
        SizeRule sizes,
        List<AspectRatio> ratios,
        Map<String, Long> resolutions,
        Set<Parameter> honoured,
        Set<String> qualities,
        Set<String> styles,
        Set<String> backgrounds,
        Set<String> outputFormats,
        Set<ApiOption> options,
        Map<String, String> fields,
        InputRules inputs,
        Optional<Price> price) {

    private static final ImageSize SQUARE = ImageSize.square(1024);
    private static final int PROMPT_CHARACTERS = 32_000;

    /**
     * The profile that {@code row} describes.
     *
     * @throws IllegalArgumentException if a field cannot be read; the message begins with {@code capabilities.}
     */
    static ModelProfile of(JsonNode row, String id, boolean known) {
        Row reader = new Row(row);
        return new ModelProfile(
                id,
                known,
                reader.date("ends"),
                reader.operations(),
                reader.count("max-images", 1),
                reader.count("max-inputs", 0),
                reader.count("max-prompt", PROMPT_CHARACTERS),
                reader.sizes(),
                reader.texts("ratios").stream().map(AspectRatio::parse).toList(),
                reader.resolutions(),
                reader.enums("honours", Parameter.class),
                reader.texts("qualities"),
                reader.texts("styles"),
                reader.texts("backgrounds"),
                reader.texts("formats"),
                reader.options(),
                reader.fields(),
                reader.inputs(),
                Price.of(row.path("price")));
    }

    /** Whether the API takes {@code option} for this model. */
    boolean takes(ApiOption option) {
        return options.contains(option);
    }

    /** The same as capabilities, still open for what a server changes. */
    Capabilities.Builder capabilities() {
        Set<String> keys = new TreeSet<>();
        options.forEach(option -> keys.add(option.key()));
        keys.add(ImagesCodec.EXTRA_OPTIONS + "*");
        // A model that composes several pictures takes each as a start or as what is only referred to.
        boolean composes = maxInputs > 1 && operations.contains(Operation.IMAGE_TO_IMAGE);
        return Capabilities.builder()
                .operations(operations.toArray(new Operation[0]))
                .honours(honoured.toArray(new Parameter[0]))
                .maxImagesPerCall(maxImages)
                .maxInputs(maxInputs)
                .inputs(InputRole.REFERENCE, composes ? InputRule.plain(maxInputs) : InputRule.NONE)
                .maxInputsTogether(maxInputs)
                .maxPromptCharacters(maxPromptCharacters)
                .sizes(sizes)
                .qualities(qualities)
                .styles(styles)
                .backgrounds(backgrounds)
                .outputFormats(outputFormats)
                .options("openai", keys)
                .previews(takes(ApiOption.PARTIAL_IMAGES));
    }

    /** Reads the fields of a row; each error names its field. */
    private record Row(JsonNode row) {

        private IllegalArgumentException wrong(String field, String expected) {
            return new IllegalArgumentException(
                    "capabilities." + field + " must be " + expected + " but was " + row.path(field));
        }

        private boolean has(String field) {
            return row.hasNonNull(field);
        }

        Optional<LocalDate> date(String field) {
            try {
                return has(field) ? Optional.of(LocalDate.parse(row.path(field).asText())) : Optional.empty();
            } catch (DateTimeException e) {
                throw wrong(field, "a day such as 2026-12-01");
            }
        }

        int count(String field, int standard) {
            if (!has(field)) {
                return standard;
            }
            int value = row.path(field).asInt(-1);
            if (value < 0) {
                throw wrong(field, "a whole number");
            }
            return value;
        }

        Set<String> texts(String field) {
            JsonNode list = row.path(field);
            if (has(field) && !list.isArray()) {
                throw wrong(field, "a list");
            }
            return StreamSupport.stream(list.spliterator(), false)
                    .map(JsonNode::asText)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
        }

        <E extends Enum<E>> Set<E> enums(String field, Class<E> type) {
            return texts(field).stream()
                    .map(word -> Arrays.stream(type.getEnumConstants())
                            .filter(each -> each.name()
                                    .equals(word.toUpperCase(Locale.ROOT).replace('-', '_')))
                            .findFirst()
                            .orElseThrow(() -> wrong(field, "a list of " + Arrays.toString(type.getEnumConstants()))))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
        }

        Set<Operation> operations() {
            return has("operations") ? enums("operations", Operation.class) : Set.of(Operation.TEXT_TO_IMAGE);
        }

        Set<ApiOption> options() {
            return texts("options").stream()
                    .map(word -> ApiOption.of("openai." + word.replace('_', '-'))
                            .orElseThrow(() -> wrong("options", "a list of " + Arrays.toString(ApiOption.values()))))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
        }

        Map<String, String> fields() {
            Map<String, String> fields = new LinkedHashMap<>();
            row.path("fields")
                    .properties()
                    .forEach(each -> fields.put(each.getKey(), each.getValue().asText("")));
            return fields;
        }

        SizeRule sizes() {
            JsonNode sizes = row.path("sizes");
            if (!sizes.isContainerNode()) {
                return SizeRule.any(SQUARE);
            }
            if (sizes.isArray()) {
                return SizeRule.oneOf(
                        texts("sizes").stream().map(ImageSize::parse).toArray(ImageSize[]::new));
            }
            int maxEdge = sizes.path("max-edge").asInt(Integer.MAX_VALUE);
            return new SizeRule(
                    List.of(),
                    sizes.path("step").asInt(1),
                    sizes.path("min-edge").asInt(1),
                    maxEdge,
                    sizes.path("min-pixels").asLong(1),
                    sizes.path("max-pixels").asLong((long) maxEdge * maxEdge),
                    sizes.path("max-ratio").asDouble(Double.MAX_VALUE),
                    ImageSize.parse(sizes.path("standard").asText("1024x1024")));
        }

        Map<String, Long> resolutions() {
            Map<String, Long> resolutions = new LinkedHashMap<>();
            row.path("resolutions")
                    .properties()
                    .forEach(each ->
                            resolutions.put(each.getKey(), each.getValue().asLong()));
            return resolutions;
        }

        InputRules inputs() {
            JsonNode inputs = row.path("inputs");
            return inputs.isObject()
                    ? new InputRules(
                            StreamSupport.stream(inputs.path("types").spliterator(), false)
                                    .map(JsonNode::asText)
                                    .collect(Collectors.toSet()),
                            inputs.path("max-bytes").asLong(),
                            inputs.path("mask-max-bytes").asLong(),
                            inputs.path("square").asBoolean())
                    : InputRules.GPT_IMAGE;
        }
    }
}
