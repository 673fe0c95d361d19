package dev.triptych.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.config.ConfigSchema;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What an editor completes is what {@link ConfigSchema} says; a new key there must be a new line here. */
class ConfigurationMetadataTest {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final ObjectNode metadata = JSON.createObjectNode();
    private final ArrayNode properties;
    private final ArrayNode hints;

    ConfigurationMetadataTest() {
        ArrayNode groups = metadata.putArray("groups");
        groups.addObject()
                .put("name", "triptych")
                .put("type", TriptychProperties.class.getName())
                .put("sourceType", TriptychProperties.class.getName());
        properties = metadata.putArray("properties");
        hints = metadata.putArray("hints");
    }

    @Test
    void tellsEditorsOfEveryKey() throws IOException {
        property(
                "triptych.config",
                "java.lang.String",
                "Path or resource of a triptych.yaml; excludes other properties.");
        property(
                "triptych.reload",
                "java.time.Duration",
                "How often the file is looked at for changes; never by default.");
        property("triptych.default", "java.lang.String", "The generator taken where none is asked for.");
        property(
                "triptych.generators",
                "java.util.Map<java.lang.String,java.util.Map<java.lang.String,java.lang.Object>>",
                "The generators by name, each with a type and that type's keys.");
        ConfigSchema.sections()
                .forEach(section -> section.keys().forEach(key -> add("triptych." + section.name(), key)));
        property(
                        "management.health.triptych.enabled",
                        "java.lang.Boolean",
                        "Whether to enable the health check of the generators.")
                .put("defaultValue", true);
        String wanted = JSON.writeValueAsString(metadata).replace("\r", "") + "\n";
        Path written = Files.writeString(Path.of("target", "spring-configuration-metadata.json"), wanted);

        assertThat(resource("/META-INF/spring-configuration-metadata.json"))
                .as("metadata for editors; copy " + written + " to src/main/resources/META-INF")
                .isEqualTo(wanted);
    }

    private void add(String path, SettingKey key) {
        SettingValue value = key.value();
        String name = path + "." + key.name();
        boolean isMap = value.kind() == SettingValue.Kind.MAP && !value.keys().isEmpty();
        if (!isMap || value.off()) {
            ObjectNode property = property(name, isMap ? "java.lang.String" : type(value), key.description());
            if (!key.standard().isEmpty() && !isMap) {
                property.put("defaultValue", key.standard());
            }
            hint(name, value);
        }
        value.keys().forEach(below -> add(name, below));
    }

    private ObjectNode property(String name, String type, String description) {
        return properties
                .addObject()
                .put("name", name)
                .put("type", type)
                .put("description", description)
                .put("sourceType", TriptychProperties.class.getName());
    }

    private void hint(String name, SettingValue value) {
        List<String> words = new ArrayList<>(value.words());
        if (value.off() && !words.contains("off")) {
            words.add("off");
        }
        if (!words.isEmpty()) {
            ArrayNode values = hints.addObject().put("name", name).putArray("values");
            words.forEach(word -> values.addObject().put("value", word));
        }
    }

    private static String type(SettingValue value) {
        return switch (value.kind()) {
            case TEXT, BYTES, PATH -> "java.lang.String";
            case LIST -> "java.util.List<java.lang.String>";
            case BOOLEAN -> "java.lang.Boolean";
            case INTEGER -> "java.lang.Integer";
            case NUMBER, NUMBER_OR_MAP -> "java.math.BigDecimal";
            case DURATION -> "java.time.Duration";
            case NUMBERS -> "java.util.Map<java.lang.String,java.math.BigDecimal>";
            case MAP, FILES -> "java.util.Map<java.lang.String,java.lang.Object>";
        };
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = ConfigurationMetadataTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
