package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.adapt.ModuleTable.Slot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * All networks of a loaded model that an adapter can change: the denoiser, then the text encoders. Immutable.
 *
 * @param family what the model is, for messages: {@code "Stable Diffusion XL"}
 * @param tables the table of each network
 */
public record Modules(String family, List<ModuleTable> tables) {

    private static final Set<String> DENOISER = Set.of("unet", "transformer");
    private static final Set<String> FIRST_TEXT = Set.of("text_encoder");
    private static final Set<String> SECOND_TEXT = Set.of("text_encoder_2");
    private static final Set<String> THIRD_TEXT = Set.of("text_encoder_3", "text_encoder_2");
    private static final Set<String> ANY =
            Set.of("unet", "transformer", "text_encoder", "text_encoder_2", "text_encoder_3");

    /** Enough for {@code transformer.base_model.model.} and the like. */
    private static final int MOST_PREFIXES = 4;

    /** A converter of FLUX.2 files cut four letters too many. */
    private static final Pattern SHORTENED = Pattern.compile("(^|\\.)sformer_blocks\\.");

    /** What stands before a module's name, and the networks that it can mean. */
    private static final Map<String, Set<String>> PREFIXES = prefixes();

    private static Map<String, Set<String>> prefixes() {
        Map<String, Set<String>> prefixes = new LinkedHashMap<>();
        for (String denoiser : List.of(
                "lora_unet_",
                "lora_transformer_",
                "unet.",
                "transformer.",
                "diffusion_model.",
                "model.diffusion_model.")) {
            prefixes.put(denoiser, DENOISER);
        }
        for (String first :
                List.of("lora_te_", "lora_te1_", "text_encoder.", "text_encoders.clip_l.transformer.", "clip_l.")) {
            prefixes.put(first, FIRST_TEXT);
        }
        for (String second : List.of("lora_te2_", "text_encoder_2.", "text_encoders.clip_g.transformer.", "clip_g.")) {
            prefixes.put(second, SECOND_TEXT);
        }
        for (String third : List.of("lora_te3_", "text_encoder_3.", "text_encoders.t5xxl.transformer.", "t5.")) {
            prefixes.put(third, THIRD_TEXT);
        }
        prefixes.put("lycoris_", ANY);
        prefixes.put("base_model.model.", ANY);
        return prefixes;
    }

    /** Copies the list. */
    public Modules {
        tables = List.copyOf(tables);
    }

    /**
     * Where an adapter's tensors go.
     *
     * @param table the network
     * @param slots its modules
     */
    record Place(ModuleTable table, List<Slot> slots) {}

    /**
     * The modules that {@code spelling} stands for, whatever prefix is before it. Nothing is taken apart: a prefix
     * counts only if the rest is a name of the table.
     */
    Optional<Place> find(String spelling) {
        return find(tidied(spelling), ANY, 0);
    }

    private Optional<Place> find(String spelling, Set<String> parts, int depth) {
        for (ModuleTable table : tables) {
            if (parts.contains(table.part()) && !table.find(spelling).isEmpty()) {
                return Optional.of(new Place(table, table.find(spelling)));
            }
        }
        if (depth == MOST_PREFIXES) {
            return Optional.empty();
        }
        for (Map.Entry<String, Set<String>> prefix : PREFIXES.entrySet()) {
            if (spelling.startsWith(prefix.getKey())) {
                Optional<Place> found =
                        find(spelling.substring(prefix.getKey().length()), common(parts, prefix.getValue()), depth + 1);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Set<String> common(Set<String> one, Set<String> other) {
        return other.stream().filter(one::contains).collect(Collectors.toUnmodifiableSet());
    }

    /** Old diffusers files name the processor of an attention, and some tools leave an underscore behind. */
    private static String tidied(String spelling) {
        String tidied = SHORTENED.matcher(spelling.replace(".processor.", ".")).replaceAll("$1transformer_blocks.");
        while (tidied.endsWith("_") || tidied.endsWith(".")) {
            tidied = tidied.substring(0, tidied.length() - 1);
        }
        return tidied;
    }
}
