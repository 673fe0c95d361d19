package dev.triptych.diffusion.adapt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The scales that PEFT writes beside the tensors: in {@code adapter_config.json} of a folder, or, by diffusers, in the
 * file's metadata under {@code lora_adapter_metadata}, there with the network's name before each key. Reference: peft
 * 0.21, {@code tuners/lora/layer.py}. Immutable.
 */
final class PeftScales {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String METADATA = "lora_adapter_metadata";
    private static final long MAX_BYTES = 1 << 20;

    private final JsonNode config;
    private final boolean hasPrefixes;

    private PeftScales(JsonNode config, boolean hasPrefixes) {
        this.config = config;
        this.hasPrefixes = hasPrefixes;
    }

    /** No scales. */
    static PeftScales none() {
        return new PeftScales(JsonNodeFactory.instance.objectNode(), false);
    }

    /**
     * What a file's metadata say.
     *
     * @throws ModelLoadException if they are no JSON object
     */
    static PeftScales ofMetadata(Map<String, String> metadata, Path file) {
        String text = metadata.get(METADATA);
        return text == null ? none() : new PeftScales(object(text, file + ": " + METADATA), true);
    }

    /**
     * What {@code adapter_config.json} says.
     *
     * @throws ModelLoadException if it is no JSON object, or describes what is more than a LoRA
     */
    static PeftScales ofFile(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelLoadException(
                        file + " must be at most " + MAX_BYTES + " bytes but has " + Files.size(file));
            }
            JsonNode config = object(Files.readString(file), file.toString());
            requirePlain(config, file);
            return new PeftScales(config, false);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static JsonNode object(String text, String what) {
        try {
            JsonNode node = JSON.readTree(text);
            if (node.isObject()) {
                return node;
            }
            throw new ModelLoadException(what + " must be a JSON object but is not");
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(what + " must be a JSON object but is not: " + e.getOriginalMessage(), e);
        }
    }

    private static void requirePlain(JsonNode config, Path file) {
        String type = config.path("peft_type").asText("LORA");
        if (!type.equals("LORA")) {
            throw new ModelLoadException(file + ": \"peft_type\" must be LORA but was " + type);
        }
        String bias = config.path("bias").asText("none");
        if (!bias.equals("none")) {
            throw new ModelLoadException(file + ": \"bias\" must be none but was " + bias);
        }
        JsonNode saved = config.path("modules_to_save");
        if (!saved.isMissingNode() && !saved.isNull() && !saved.isEmpty()) {
            throw new ModelLoadException(file + ": \"modules_to_save\" must be null but was " + saved);
        }
    }

    /**
     * What a module's product is multiplied with, where the module has no alpha of its own.
     *
     * @param part the network, as the checkpoint calls it
     * @param module the module's name in it
     * @param rank its rank
     */
    OptionalDouble scale(String part, String module, int rank) {
        String prefix = hasPrefixes ? part + "." : "";
        JsonNode alpha = byModule(config.path(prefix + "alpha_pattern"), module);
        double value = (alpha.isNumber() ? alpha : config.path(prefix + "lora_alpha")).asDouble(Double.NaN);
        if (Double.isNaN(value) || rank == 0) {
            return OptionalDouble.empty();
        }
        boolean stabilised = config.path(prefix + "use_rslora").asBoolean(false);
        return OptionalDouble.of(value / (stabilised ? Math.sqrt(rank) : rank));
    }

    /** The keys are regular expressions for the end of a module's name. */
    private static JsonNode byModule(JsonNode patterns, String module) {
        for (Map.Entry<String, JsonNode> pattern : patterns.properties()) {
            if (matches(pattern.getKey(), module)) {
                return pattern.getValue();
            }
        }
        return JsonNodeFactory.instance.missingNode();
    }

    private static boolean matches(String pattern, String module) {
        if (module.equals(pattern) || module.endsWith("." + pattern)) {
            return true;
        }
        try {
            return Pattern.compile("(.*\\.)?(" + pattern + ")").matcher(module).matches();
        } catch (PatternSyntaxException e) {
            throw new ModelLoadException(
                    "alpha_pattern must hold regular expressions but holds \"" + pattern + "\"", e);
        }
    }
}
