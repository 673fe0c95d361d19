package dev.triptych.diffusion.adapt;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A file of LoRA or its kin as it is, before a model is known: its tensors by module. A folder is one that PEFT wrote,
 * {@code adapter_model.safetensors} with {@code adapter_config.json}. Headers are read and checked, and all numbers
 * looked at once for NaN. Immutable.
 */
final class AdapterFile {

    private static final String CONFIG = "adapter_config.json";

    /** How much of a content's hash is written down: 64 bits. */
    private static final int HASH_DIGITS = 16;

    /** Kinds that are known and not supported, by a part of their names. */
    private static final Map<String, String> REFUSED = refused();

    private final Path file;
    private final Weights weights;
    private final PeftScales scales;
    private final Map<String, ModuleTensors> modules = new LinkedHashMap<>();
    private final Map<String, Map<String, Weight>> embeddings = new TreeMap<>();
    private final List<String> foreign = new ArrayList<>();

    private AdapterFile(Path file, Weights weights, PeftScales scales) {
        this.file = file;
        this.weights = weights;
        this.scales = scales;
        weights.names().forEach(this::sort);
        modules.values().removeIf(ModuleTensors::isEmpty);
        dropWeightsOfNothing();
    }

    private static Map<String, String> refused() {
        Map<String, String> refused = new LinkedHashMap<>();
        refused.put("oft_blocks", "OFT or BOFT");
        refused.put("oft_diag", "OFT");
        refused.put("oft_R", "OFT");
        refused.put("boft_", "BOFT");
        refused.put("lora_controlnet", "a Control-LoRA, a ControlNet in LoRA's form");
        refused.put("lllite_unet", "a ControlNet-LLLite");
        refused.put("lora_prior_unet_", "a LoRA for Stable Cascade");
        refused.put(".reshape_weight", "a control LoRA for FLUX, which makes the model take more inputs");
        refused.put("query_norm.scale", "a control LoRA for FLUX, which makes the model take more inputs");
        refused.put(".set_weight", "an adapter that replaces whole weights (set_weight)");
        refused.put(".ia3_l", "PEFT's IA3");
        return refused;
    }

    /**
     * Opens {@code path}, a file or a folder of PEFT's.
     *
     * @throws ModelLoadException if it is missing, damaged, no adapter, or of a kind that is not supported
     */
    static AdapterFile open(Path path) {
        Path file = resolved(path);
        Weights weights = Weights.open(List.of(file), file.toString());
        REFUSED.forEach((part, kind) -> {
            if (weights.names().stream().anyMatch(name -> name.contains(part))) {
                throw new ModelLoadException(file + " is " + kind + ", which is not supported as a LoRA");
            }
        });
        Weights.checkFinite(weights.names().stream()
                .flatMap(name -> weights.tensor(name).stream())
                .toList());
        Path config = file.resolveSibling(CONFIG);
        PeftScales scales = Files.exists(config) && weights.names().stream().anyMatch(name -> name.contains("lora_A"))
                ? PeftScales.ofFile(config)
                : PeftScales.ofMetadata(weights.metadata(), file);
        AdapterFile adapter = new AdapterFile(file, weights, scales);
        if (adapter.modules.isEmpty() && adapter.embeddings.isEmpty()) {
            throw new ModelLoadException(
                    file + " must be a LoRA or one of its kin but holds no such tensor; the first of its "
                            + weights.names().size() + " names is "
                            + weights.names().stream().findFirst().orElse("none"));
        }
        return adapter;
    }

    /**
     * The hash of the file at {@code path}, of its header and of samples; the scales beside it count too.
     *
     * @throws ModelLoadException if it cannot be read
     */
    static String hashOf(Path path) {
        Path file = resolved(path);
        return hash(identity(file, Weights.open(List.of(file), file.toString())));
    }

    private static String identity(Path file, Weights weights) {
        Path config = file.resolveSibling(CONFIG);
        try {
            return weights.identity() + (Files.exists(config) ? Files.readString(config) : "");
        } catch (IOException e) {
            throw new ModelLoadException(config + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Path resolved(Path path) {
        return Files.isDirectory(path) ? inFolder(path) : path.toAbsolutePath().normalize();
    }

    private static Path inFolder(Path folder) {
        for (String name : List.of("adapter_model.safetensors", "pytorch_lora_weights.safetensors")) {
            if (Files.exists(folder.resolve(name))) {
                return folder.resolve(name).toAbsolutePath().normalize();
            }
        }
        throw new ModelLoadException(
                folder + " must hold adapter_model.safetensors or pytorch_lora_weights.safetensors but holds neither");
    }

    private void sort(String name) {
        Weight tensor = weights.tensor(name).orElseThrow();
        if (name.startsWith(BundledEmbedding.PREFIX)) {
            BundledEmbedding.of(name)
                    .ifPresentOrElse(
                            bundled -> embeddings
                                    .computeIfAbsent(bundled.token(), key -> new TreeMap<>())
                                    .put(bundled.encoder(), tensor),
                            () -> foreign.add(name));
            return;
        }
        Optional<AdapterKey> key = AdapterKey.of(name);
        boolean counts = tensor instanceof FileWeight inFile && !inFile.dtype().isFloat();
        boolean isNumber = key.map(AdapterKey::role)
                .filter(role -> role == Role.ALPHA || role == Role.SCALE || role == Role.ON_INPUT)
                .isPresent();
        if (counts && !isNumber) {
            throw new ModelLoadException(file + ": tensor " + name + " must be F32, F16, BF16 or F64 but was "
                    + ((FileWeight) tensor).dtype());
        }
        boolean taken = key.isPresent()
                && modules.computeIfAbsent(key.get().module(), module -> new ModuleTensors(file.toString(), module))
                        .add(key.get().role(), tensor);
        if (!taken) {
            foreign.add(name);
        }
    }

    /** {@code .weight} is a tensor of an adapter only beside {@code .on_input}. */
    private void dropWeightsOfNothing() {
        modules.entrySet().removeIf(module -> {
            boolean weight = module.getValue().isOnlyFactors();
            if (weight) {
                foreign.add(module.getKey() + ".weight");
            }
            return weight;
        });
    }

    /** The file. */
    Path file() {
        return file;
    }

    /** The tensors by module, as the file spells it. */
    Map<String, ModuleTensors> modules() {
        return modules;
    }

    /** Tensors that are no adapter's. */
    List<String> foreign() {
        return foreign;
    }

    /** Textual inversions that came along, by token and then by the text encoder that they are for. */
    Map<String, Map<String, Weight>> embeddings() {
        return embeddings;
    }

    /** What stands beside the tensors about their scale. */
    PeftScales scales() {
        return scales;
    }

    /** The family that it was trained on, where something tells. */
    Optional<String> origin() {
        return Origin.of(weights);
    }

    /** What changes when a tensor changes: 16 hexadecimal digits. */
    String hash() {
        return hash(identity(file, weights));
    }

    static String hash(String identity) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS).toLowerCase(Locale.ROOT);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
