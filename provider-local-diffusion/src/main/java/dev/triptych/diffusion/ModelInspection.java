package dev.triptych.diffusion;

import dev.triptych.diffusion.checkpoint.FileReport;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a file of tensors or a folder with a model is: a whole model, a LoRA, an autoencoder… told from headers and
 * configs, without loading it. Immutable.
 *
 * <pre>{@code
 * ModelInspection inspection = ModelInspection.of(Path.of("pixel-art.safetensors"));
 * inspection.kind();                          // "a LoRA"
 * inspection.facts().get("rank");             // "16"
 * inspection.facts().get("trigger words");    // "pixel art, 16 colours"
 * }</pre>
 *
 * @param kind what it is, such as {@code "a LoRA"}
 * @param model which model it is, {@code ""} where that cannot be told
 * @param parts the networks in it
 * @param facts what else is worth knowing, in the order of its worth: what the denoiser predicts and why, a LoRA's kind
 *     and rank, the token of a textual inversion, trigger words
 * @param metadata what the file says about itself, as it says it
 */
public record ModelInspection(
        String kind, String model, List<Part> parts, Map<String, String> facts, Map<String, String> metadata) {

    /** Copies list and maps. */
    public ModelInspection {
        parts = List.copyOf(parts);
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * A network.
     *
     * @param name as in model_index.json; {@code ""} where it has none
     * @param description what it is
     * @param tensors how many tensors it has
     * @param parameters how many numbers they have
     * @param bytes how many bytes they take in the file
     * @param types how the numbers are stored, the most frequent first, such as {@code F16} or {@code Q4_K}
     */
    public record Part(
            String name, String description, long tensors, long parameters, long bytes, List<String> types) {}

    /**
     * Looks at a file or a folder.
     *
     * @throws dev.triptych.ModelLoadException if it is neither a file of tensors nor a folder with a model, or damaged
     */
    public static ModelInspection of(Path path) {
        FileReport report = FileReport.of(path);
        List<Part> parts = report.parts().stream()
                .map(part -> new Part(
                        part.name(), part.description(), part.tensors(), part.parameters(), part.bytes(), part.types()))
                .toList();
        return new ModelInspection(report.kind(), report.model(), parts, report.facts(), report.metadata());
    }
}
