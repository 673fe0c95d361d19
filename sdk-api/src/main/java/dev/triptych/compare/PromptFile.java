package dev.triptych.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.RequestJson;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of requests, one a line, UTF-8. A line is a prompt as it stands, or a JSON object with a request's settings:
 *
 * <pre>
 * # Lines that begin with # and empty lines are left out.
 * a red fox in the snow
 * {"prompt": "a lighthouse at dusk", "size": "768x512", "seed": 7, "options": {"local.scheduler": "ddim"}}
 * {"prompt": "the same in winter", "inputs": ["lighthouse.png"], "strength": 0.6}
 * </pre>
 *
 * <p>The settings are the fields of {@link ImageRequest}; {@code inputs} and {@code mask} name files, relative to the
 * prompts file. An input that is more than a start is an object, {@code {"image": "edges.png", "role": "control",
 * "name": "canny", "strength": 0.8}}. Instances read one file and are thrown away.
 */
public final class PromptFile {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final Map<String, ImageInput> inputs = new HashMap<>();

    private PromptFile(Path file) {
        this.file = file;
    }

    /**
     * The requests of {@code file}, in order; at least one.
     *
     * @throws IllegalArgumentException if a line cannot be used, naming it, or if there is none
     * @throws IOException if the file cannot be read
     */
    public static List<ImageRequest> read(Path file) throws IOException {
        return new PromptFile(file).requests();
    }

    private List<ImageRequest> requests() throws IOException {
        List<ImageRequest> requests = new ArrayList<>();
        List<String> lines = lines();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                requests.add(request(line, i + 1));
            }
        }
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("prompts file must hold at least one prompt but had none: " + file);
        }
        return requests;
    }

    private List<String> lines() throws IOException {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return (text.startsWith("\ufeff") ? text.substring(1) : text)
                    .lines()
                    .toList();
        } catch (MalformedInputException e) {
            throw new IllegalArgumentException("prompts file must be UTF-8 text but is not: " + file, e);
        }
    }

    private ImageRequest request(String line, int number) {
        try {
            return line.startsWith("{") ? settings(line) : ImageRequest.of(line);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file.getFileName() + ", line " + number + ": " + e.getMessage(), e);
        }
    }

    private ImageRequest settings(String line) {
        JsonNode tree = read(line);
        if (tree instanceof ObjectNode settings) {
            nameInputsByContent(settings);
            writeOptionsAsText(settings);
            return RequestJson.parse(settings.toString(), inputs::get);
        }
        throw new IllegalArgumentException("line must be one JSON object but was not");
    }

    /** The parser's own error is not passed on, since it quotes the line, which is a prompt. */
    private static @Nullable JsonNode read(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("line must be one JSON object but could not be read at column "
                    + (e.getLocation() == null ? 1 : e.getLocation().getColumnNr()));
        }
    }

    private void nameInputsByContent(ObjectNode settings) {
        if (settings.get("inputs") instanceof ArrayNode files) {
            for (int i = 0; i < files.size(); i++) {
                if (files.get(i) instanceof ObjectNode input && input.has("image")) {
                    input.put("image", hash(input.get("image")));
                } else {
                    files.set(i, hash(files.get(i)));
                }
            }
        }
        if (settings.has("mask")) {
            settings.put("mask", hash(settings.get("mask")));
        }
    }

    private String hash(JsonNode name) {
        if (!name.isTextual()) {
            throw new IllegalArgumentException(
                    "inputs and mask must name files but one was of JSON type " + name.getNodeType());
        }
        ImageInput input = ImageInput.of(file.toAbsolutePath().resolveSibling(name.textValue()));
        inputs.put(input.sha256(), input);
        return input.sha256();
    }

    /** An option may be written as a number or true; a request holds texts. */
    private static void writeOptionsAsText(ObjectNode settings) {
        if (settings.get("options") instanceof ObjectNode options) {
            for (Map.Entry<String, JsonNode> option : List.copyOf(options.properties())) {
                if (option.getValue().isNumber() || option.getValue().isBoolean()) {
                    options.put(option.getKey(), option.getValue().asText());
                }
            }
        }
    }
}
