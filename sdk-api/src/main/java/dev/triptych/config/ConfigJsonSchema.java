package dev.triptych.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.config.SettingValue.Kind;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * The JSON Schema of {@code triptych.yaml} (draft 2020-12), so that an editor completes and checks it. It knows the
 * types of generators that it is made with. Where it and the reader of the configuration differ, the reader is right:
 * what a reference stands for, and what environment and program add, no schema can see.
 */
public final class ConfigJsonSchema {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String REFERENCE = "\\$\\{";
    private static final String SECRET = "^" + References.ONE_REFERENCE.pattern() + "$";

    private final List<SettingKey> shared = ConfigSchema.generatorKeys();

    private ConfigJsonSchema() {}

    /** The schema for the types of generators that are on the class path. */
    public static String ofClassPath() {
        return of(ServiceLoader.load(GeneratorFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList());
    }

    /** The schema for the types that {@code factories} make, as JSON text; equal factories give equal text. */
    public static String of(Collection<GeneratorFactory> factories) {
        List<GeneratorFactory> sorted = factories.stream()
                .sorted(Comparator.comparing(GeneratorFactory::type))
                .toList();
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        try {
            return JsonMapper.builder()
                            .build()
                            .writer(new DefaultPrettyPrinter()
                                    .withObjectIndenter(lines)
                                    .withArrayIndenter(DefaultPrettyPrinter.FixedSpaceIndenter.instance))
                            .writeValueAsString(new ConfigJsonSchema().document(sorted))
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a schema must be writable as JSON but was not", e);
        }
    }

    private ObjectNode document(List<GeneratorFactory> factories) {
        ObjectNode document = NODES.objectNode()
                .put("$schema", "https://json-schema.org/draft/2020-12/schema")
                .put("title", TriptychConfig.FILE_NAME)
                .put("description", "Generators of pictures, and what stands around them.");
        ObjectNode properties = closed(document);
        properties
                .putObject(ConfigSchema.DEFAULT)
                .put("description", "The generator taken where none is asked for.")
                .put("type", "string");
        ObjectNode generators = properties
                .putObject(ConfigSchema.GENERATORS)
                .put("description", "The generators by name.")
                .put("type", "object");
        generators.putObject("propertyNames").put("pattern", "^" + TriptychConfig.NAME.pattern() + "$");
        generators.putObject("additionalProperties").put("$ref", "#/$defs/generator");
        ConfigSchema.sections()
                .forEach(section ->
                        properties.set(section.name(), map(section.keys()).put("description", section.description())));
        document.set("$defs", definitions(factories));
        return document;
    }

    private ObjectNode definitions(List<GeneratorFactory> factories) {
        ObjectNode definitions = NODES.objectNode();
        definitions.set("generator", generator(factories));
        factories.forEach(factory -> definitions.set("generator-" + factory.type(), ofType(factory)));
        shared.forEach(key -> definitions.set(key.name(), property(key)));
        for (Kind kind : Kind.values()) {
            if (!List.of(Kind.MAP, Kind.NUMBER_OR_MAP).contains(kind)) {
                definitions.set(ChainSection.written(kind), plain(kind));
            }
        }
        return definitions;
    }

    /** A generator has the keys of its type. */
    private static ObjectNode generator(List<GeneratorFactory> factories) {
        ObjectNode generator = NODES.objectNode().put("type", "object");
        generator.putArray("required").add("type");
        ArrayNode types = generator
                .putObject("properties")
                .putObject("type")
                .put("description", typeText())
                .putArray("enum");
        ArrayNode rules = generator.putArray("allOf");
        for (GeneratorFactory factory : factories) {
            types.add(factory.type());
            ObjectNode rule = rules.addObject();
            ObjectNode condition = rule.putObject("if");
            condition.putObject("properties").putObject("type").put("const", factory.type());
            condition.putArray("required").add("type");
            rule.putObject("then").put("$ref", "#/$defs/generator-" + factory.type());
        }
        return generator;
    }

    private static String typeText() {
        return ConfigSchema.generatorKeys().get(0).description();
    }

    /** Where a type has a key that every generator may have, its own rule is the stricter one. */
    private ObjectNode ofType(GeneratorFactory factory) {
        Map<String, ObjectNode> keys = new LinkedHashMap<>();
        keys.put("type", NODES.objectNode().put("description", typeText()).put("const", factory.type()));
        factory.keys().forEach(key -> keys.put(key.name(), property(key)));
        shared.forEach(key -> keys.putIfAbsent(key.name(), reference(key.name())));
        ObjectNode type = NODES.objectNode();
        closed(type).setAll(keys);
        return type;
    }

    /** Makes {@code node} a map of known keys alone and returns where they go. */
    private static ObjectNode closed(ObjectNode node) {
        node.put("type", "object").put("additionalProperties", false);
        return node.putObject("properties");
    }

    private ObjectNode map(List<SettingKey> keys) {
        ObjectNode map = NODES.objectNode();
        if (keys.isEmpty()) {
            return map.put("type", "object");
        }
        ObjectNode properties = closed(map);
        keys.forEach(key -> properties.set(key.name(), shared.contains(key) ? reference(key.name()) : property(key)));
        return map;
    }

    private static ObjectNode reference(String name) {
        return NODES.objectNode().put("$ref", "#/$defs/" + name);
    }

    private ObjectNode property(SettingKey key) {
        ObjectNode property = NODES.objectNode().put("description", description(key));
        if (!key.standard().isEmpty()) {
            standard(property, key);
        }
        if (key.secret()) {
            return property.put("type", "string").put("pattern", SECRET);
        }
        property.setAll(value(key.value()));
        return property;
    }

    /** What no pattern can check, the range of a time or a size, is said. */
    private static String description(SettingKey key) {
        String text = sentence(key.description());
        boolean unchecked =
                List.of(Kind.DURATION, Kind.BYTES).contains(key.value().kind());
        return unchecked
                ? text + " From " + key.value().range().orElseThrow().least() + " to "
                        + key.value().range().orElseThrow().most() + "."
                : text;
    }

    private static String sentence(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1) + (text.endsWith(".") ? "" : ".");
    }

    private static void standard(ObjectNode property, SettingKey key) {
        String text = key.standard();
        switch (key.value().kind()) {
            case INTEGER -> property.put("default", Integer.parseInt(text));
            case NUMBER -> property.put("default", new BigDecimal(text));
            case BOOLEAN -> property.put("default", Boolean.parseBoolean(text));
            case LIST -> {
                ArrayNode list = property.putArray("default");
                List.of(text.split(", ")).forEach(list::add);
            }
            default -> property.put("default", text);
        }
    }

    private ObjectNode value(SettingValue value) {
        ObjectNode rule = withoutOff(value);
        return value.off() ? anyOf(rule, NODES.objectNode().put("const", "off")) : rule;
    }

    private ObjectNode withoutOff(SettingValue value) {
        return switch (value.kind()) {
            case MAP -> map(value.keys());
            case NUMBER_OR_MAP -> anyOf(reference(ChainSection.written(Kind.NUMBER)), map(value.keys()));
            case TEXT -> value.words().isEmpty() ? reference("text") : words(value.words());
            case LIST -> value.words().isEmpty() ? reference("list") : listOf(words(value.words()));
            case INTEGER, NUMBER -> ranged(reference(ChainSection.written(value.kind())), value);
            default -> reference(ChainSection.written(value.kind()));
        };
    }

    /** The limits of a plain number; a text is left alone by them. */
    private static ObjectNode ranged(ObjectNode number, SettingValue value) {
        SettingRange range = value.range().orElseThrow();
        return number.put("minimum", new BigDecimal(range.least())).put("maximum", new BigDecimal(range.most()));
    }

    private static ObjectNode words(List<String> words) {
        ObjectNode word = NODES.objectNode();
        words.forEach(word.putArray("enum")::add);
        return anyOf(word, text(REFERENCE));
    }

    private static ObjectNode listOf(ObjectNode element) {
        ObjectNode list = NODES.objectNode().put("type", "array");
        list.set("items", element);
        return anyOf(list, element.deepCopy());
    }

    /** What {@link GeneratorSettings} reads as {@code kind}; a text may hold references that nobody can check yet. */
    private static ObjectNode plain(Kind kind) {
        return switch (kind) {
            case LIST -> listOf(reference("text"));
            case FILES -> anyOf(listOf(reference("text")), type("object"));
            case BOOLEAN ->
                anyOf(type("boolean"), text("^\\s*([Tt]rue|[Ff]alse|[Yy]es|[Nn]o|[Oo]n|[Oo]ff)\\s*$|" + REFERENCE));
            case INTEGER -> anyOf(type("integer"), text("^\\s*[+-]?\\d+\\s*$|" + REFERENCE));
            case NUMBER ->
                anyOf(type("number"), text("^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*$|" + REFERENCE));
            case DURATION -> text("^\\s*(\\d+\\s*(ms|s|m|h|d)|[+-]?[Pp].+)\\s*$|" + REFERENCE);
            case BYTES ->
                anyOf(type("integer").put("minimum", 0), text("^\\s*\\d+\\s*(B|KiB|MiB|GiB)?\\s*$|" + REFERENCE));
            case NUMBERS -> {
                ObjectNode numbers = type("object");
                numbers.set("additionalProperties", reference("number"));
                yield numbers;
            }
            default -> {
                ObjectNode text = NODES.objectNode();
                text.putArray("type").add("string").add("number").add("boolean");
                yield text;
            }
        };
    }

    private static ObjectNode type(String name) {
        return NODES.objectNode().put("type", name);
    }

    private static ObjectNode text(String pattern) {
        return type("string").put("pattern", pattern);
    }

    private static ObjectNode anyOf(ObjectNode first, ObjectNode second) {
        ObjectNode either = NODES.objectNode();
        either.putArray("anyOf").add(first).add(second);
        return either;
    }
}
