package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What our artifacts tell GraalVM's native-image is there: every class, constructor, method, field and resource.
 * Whether it is enough shows only where GraalVM is.
 */
class NativeImageMetadataTest {

    private static final ClassLoader LOADER = NativeImageMetadataTest.class.getClassLoader();
    private static final Map<String, Class<?>> PRIMITIVES = Map.of("int", int.class, "long", long.class);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "triptych-sdk-api",
                "triptych-provider-openai",
                "triptych-provider-local-diffusion",
                "triptych-bundled-model",
                "triptych-cli"
            })
    void namesWhatIsThere(String artifact) throws Exception {
        JsonNode metadata = metadata(artifact);

        for (JsonNode each : metadata.path("reflection")) {
            String name = each.path("type").asText();
            // Looked for by name because it may be missing.
            if (name.startsWith("io.")) {
                continue;
            }
            Class<?> type = Class.forName(name, false, LOADER);
            for (JsonNode field : each.path("fields")) {
                assertThat(type.getDeclaredField(field.path("name").asText())).isNotNull();
            }
            for (JsonNode method : each.path("methods")) {
                assertThat(member(type, method)).isNotNull();
            }
        }
        for (JsonNode each : metadata.path("resources")) {
            String glob = each.path("glob").asText();
            String folderOrFile =
                    glob.contains("*") ? glob.substring(0, glob.lastIndexOf('/', glob.indexOf('*'))) : glob;
            assertThat(LOADER.getResource(folderOrFile)).as(glob).isNotNull();
        }
    }

    private static Object member(Class<?> type, JsonNode method) throws ReflectiveOperationException {
        List<Class<?>> parameters = new ArrayList<>();
        for (JsonNode parameter : method.path("parameterTypes")) {
            parameters.add(type(parameter.asText()));
        }
        Class<?>[] types = parameters.toArray(Class<?>[]::new);
        String name = method.path("name").asText();
        return name.equals("<init>") ? type.getDeclaredConstructor(types) : type.getDeclaredMethod(name, types);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        if (name.endsWith("[]")) {
            return type(name.substring(0, name.length() - 2)).arrayType();
        }
        Class<?> primitive = PRIMITIVES.get(name);
        return primitive == null ? Class.forName(name, false, LOADER) : primitive;
    }

    private static JsonNode metadata(String artifact) throws IOException {
        String path = "META-INF/native-image/dev.triptych/" + artifact + "/reachability-metadata.json";
        try (InputStream in = LOADER.getResourceAsStream(path)) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in, path));
        }
    }
}
