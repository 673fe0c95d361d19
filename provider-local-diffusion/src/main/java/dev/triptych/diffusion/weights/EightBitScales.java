package dev.triptych.diffusion.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.triptych.ModelLoadException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Gives the tensors of a file in 8-bit floating point the factors that stand beside them. Files that were only cast
 * have none. Scaled ones have, for {@code X.weight}, an {@code X.scale_weight} (older) or {@code X.weight_scale}, which
 * count whether or not a marker announces them: without its factor such a tensor is silently wrong. Newer files say the
 * format of each layer, in {@code X.comfy_quant} or in the metadata; those that are no 8-bit floats are refused by
 * name. Reference: ComfyUI, {@code comfy/utils.py} ({@code convert_old_quants}) and {@code comfy/quant_ops.py}.
 */
final class EightBitScales {

    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> SCALES = List.of("scale_weight", "weight_scale");
    private static final String FORMAT = ".comfy_quant";
    private static final String FORMATS = "_quantization_metadata";
    private static final Set<String> KNOWN = Set.of("float8_e4m3fn", "float8_e5m2");

    private static final int LARGEST_FORMAT = 4096;

    private final String source;
    private final Map<String, Weight> tensors;

    private EightBitScales(String source, Map<String, Weight> tensors) {
        this.source = source;
        this.tensors = tensors;
    }

    /**
     * The same tensors, those of 8-bit floats with their factors.
     *
     * @throws ModelLoadException if a layer is in another quantised format, or a factor fits no rows
     */
    static Map<String, Weight> applied(Map<String, Weight> tensors, Map<String, String> metadata, String source) {
        EightBitScales scales = new EightBitScales(source, tensors);
        scales.requireKnownFormats(metadata);
        Map<String, Weight> applied = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> applied.put(name, scales.widened(name, tensor)));
        return applied;
    }

    private Weight widened(String name, Weight tensor) {
        boolean isNarrow =
                tensor instanceof FileWeight file && (file.dtype() == Dtype.F8_E4M3 || file.dtype() == Dtype.F8_E5M2);
        return isNarrow ? EightBitWeight.of((FileWeight) tensor, scale(name, tensor)) : tensor;
    }

    private Optional<Weight> scale(String name, Weight tensor) {
        if (!name.equals("weight") && !name.endsWith(".weight")) {
            return Optional.empty();
        }
        String layer = name.substring(0, name.length() - "weight".length());
        for (String end : SCALES) {
            Weight scale = tensors.get(layer + end);
            if (scale != null) {
                return Optional.of(requireFitting(scale, tensor));
            }
        }
        return Optional.empty();
    }

    private Weight requireFitting(Weight scale, Weight tensor) {
        long rows = tensor.dims().isEmpty() ? 1 : tensor.dims().get(0);
        boolean isFloat = !(scale instanceof FileWeight file) || file.dtype().isFloat();
        if (!isFloat || (scale.elements() != 1 && scale.elements() != rows)) {
            throw new ModelLoadException(source + ": tensor " + scale.name() + " must hold one factor, or one for each"
                    + " of the " + rows + " rows of " + tensor.name() + ", but has the shape " + scale.dims());
        }
        return scale;
    }

    private void requireKnownFormats(Map<String, String> metadata) {
        for (Map.Entry<String, Weight> entry : tensors.entrySet()) {
            if (entry.getKey().endsWith(FORMAT) && entry.getValue() instanceof FileWeight marker) {
                requireKnown(entry.getKey(), json(entry.getKey(), text(marker)).path("format"));
            }
        }
        String formats = metadata.get(FORMATS);
        if (formats != null) {
            json(FORMATS, formats)
                    .path("layers")
                    .properties()
                    .forEach(layer ->
                            requireKnown(layer.getKey(), layer.getValue().path("format")));
        }
    }

    private String text(FileWeight marker) {
        if (marker.length() > LARGEST_FORMAT) {
            throw new ModelLoadException(source + ": tensor " + marker.name() + " must be a format of at most "
                    + LARGEST_FORMAT + " bytes but has " + marker.length());
        }
        return StandardCharsets.UTF_8
                .decode(SafetensorsFile.read(marker.file(), marker.name(), marker.offset(), (int) marker.length()))
                .toString();
    }

    private JsonNode json(String where, String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(
                    source + ": " + where + " must be a JSON object but is not: " + e.getOriginalMessage(), e);
        }
    }

    private void requireKnown(String layer, JsonNode format) {
        if (!KNOWN.contains(format.asText())) {
            throw new ModelLoadException(source + ": " + layer + " must be in float8_e4m3fn or float8_e5m2 but is in "
                    + (format.isTextual() ? format.asText() : "no format that it names")
                    + ", which is not read: take the model in fp16, bf16, fp8 or GGUF");
        }
    }
}
