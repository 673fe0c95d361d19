package dev.triptych.diffusion.checkpoint;

import dev.triptych.diffusion.checkpoint.FileLayout.Slice;
import dev.triptych.diffusion.checkpoint.names.EmaNames;
import dev.triptych.diffusion.checkpoint.names.Piece;
import dev.triptych.diffusion.checkpoint.names.Pieces;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a file of tensors or a folder with a model is, told without loading it: headers, configs, and here and there a
 * tensor of a few hundred numbers. Immutable.
 *
 * @param kind what it is, such as {@code "a LoRA"}
 * @param model which model it is or belongs to, {@code ""} where that cannot be told
 * @param parts the networks in it
 * @param facts what else is worth knowing, in the order of its worth
 * @param metadata what it says about itself
 */
public record FileReport(
        String kind, String model, List<PartReport> parts, Map<String, String> facts, Map<String, String> metadata) {

    /** Copies list and maps. */
    public FileReport {
        parts = List.copyOf(parts);
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * A network.
     *
     * @param name as in model_index.json
     * @param description what it is
     * @param tensors how many tensors it has
     * @param parameters how many numbers they have
     * @param bytes how many bytes they take where they lie
     * @param types how the numbers are stored, the most frequent first
     */
    public record PartReport(
            String name, String description, long tensors, long parameters, long bytes, List<String> types) {

        static PartReport of(String name, String description, Weights weights) {
            Map<String, Long> byType = new LinkedHashMap<>();
            long parameters = 0;
            long bytes = 0;
            for (String tensor : weights.names()) {
                Weight weight = weights.tensor(tensor).orElseThrow();
                parameters += weight.elements();
                bytes += weight.storedBytes();
                byType.merge(weight.storedType(), weight.elements(), Long::sum);
            }
            List<String> types = byType.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .map(Map.Entry::getKey)
                    .toList();
            return new PartReport(name, description, weights.names().size(), parameters, bytes, types);
        }
    }

    /**
     * Looks at a file or a folder.
     *
     * @throws dev.triptych.ModelLoadException if it is neither a file of tensors nor a folder with a model, or damaged
     */
    public static FileReport of(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        return Files.isDirectory(path) ? ofFolder(absolute) : ofFile(absolute);
    }

    private static FileReport ofFile(Path file) {
        Weights weights = SingleFile.open(file);
        Map<String, List<Long>> shapes = weights.shapes();
        FileKind kind = FileKind.of(shapes);
        Map<String, String> facts = new LinkedHashMap<>();
        List<PartReport> parts = new ArrayList<>();
        String model = "";
        if (kind == FileKind.LORA) {
            facts.putAll(AdapterReport.ofLora(weights));
        } else if (kind == FileKind.TEXTUAL_INVERSION) {
            facts.putAll(AdapterReport.ofEmbedding(shapes, SingleFile.stem(file)));
        }
        FileLayout layout = FileLayout.of(shapes);
        Set<String> used = new LinkedHashSet<>();
        for (Map.Entry<String, Slice> entry : layout.slices().entrySet()) {
            Slice slice = entry.getValue();
            Pieces names = slice.kind().pieces(shapes, slice.prefix());
            names.byName().values().stream().map(Piece::name).forEach(used::add);
            ConfigFile config =
                    ConfigFile.of(file, slice.kind().shape(names.shapes(shapes)).config());
            Weights part = stored(weights, names);
            String variant = variant(kind, slice.kind(), shapes, config);
            parts.add(PartReport.of(entry.getKey(), variant, part));
            boolean isModel = entry.getKey().equals("unet") || entry.getKey().equals("transformer");
            model = isModel || slice.kind() == NetworkKind.CONTROLNET ? variant : model;
            if (slice.kind() == NetworkKind.UNET) {
                Prediction prediction = Prediction.of(
                        weights, file.resolveSibling(SingleFile.stem(file) + ".yaml"), names.of(weights), config);
                facts.put("prediction", said(prediction));
            }
        }
        if (EmaNames.areIn(shapes)) {
            facts.put("averaged weights", "yes, beside the plain ones (ema)");
        }
        if (parts.isEmpty()) {
            parts.add(PartReport.of("", kind.description(), weights));
        }
        trigger(weights.metadata(), facts);
        boolean whole = layout.slices().containsKey("vae") && parts.size() > 2;
        return new FileReport(whole ? "a whole model" : kind.description(), model, parts, facts, weights.metadata());
    }

    /** The tensors of the file that a network is made of, each once. */
    private static Weights stored(Weights file, Pieces pieces) {
        Map<String, Weight> stored = new LinkedHashMap<>();
        for (Piece piece : pieces.byName().values()) {
            file.tensor(piece.name()).ifPresent(tensor -> stored.put(piece.name(), tensor));
        }
        return Weights.of(stored, file.source(), file.identity());
    }

    private static String variant(
            FileKind kind, NetworkKind network, Map<String, List<Long>> shapes, ConfigFile config) {
        return switch (network) {
            case UNET -> ModelVariant.ofUnet(config);
            case VAE -> "autoencoder, " + config.integer("latent_channels", 0) + " channels of latents";
            case CLIP, T5, LANGUAGE_MODEL -> ModelVariant.ofText(network, config);
            case CONTROLNET -> ModelVariant.ofControlnet(shapes, config);
            default -> ModelVariant.ofTransformer(kind, config);
        };
    }

    private static String said(Prediction prediction) {
        String kind = switch (prediction.kind()) {
            case EPSILON -> "epsilon";
            case V_PREDICTION -> "v_prediction";
            case EDM -> "epsilon over EDM's noise";
            case EDM_V -> "v_prediction over EDM's noise";
        };
        return kind + (prediction.zeroSnr() ? ", zero terminal SNR" : "") + " (" + prediction.reason() + ")";
    }

    private static void trigger(Map<String, String> metadata, Map<String, String> facts) {
        String words = TriggerWords.of(metadata);
        if (!words.isEmpty()) {
            facts.put("trigger words", words);
        }
    }

    private static FileReport ofFolder(Path folder) {
        if (!Files.exists(folder.resolve("model_index.json")) && Files.exists(folder.resolve("config.json"))) {
            Part part = Part.at(folder);
            ConfigFile config = part.config();
            String kind = config.text("_class_name", config.text("model_type", "a model"));
            return new FileReport(
                    kind,
                    "",
                    List.of(PartReport.of("", kind, part.weights())),
                    Map.of(),
                    part.weights().metadata());
        }
        Checkpoint checkpoint = Checkpoint.open(folder);
        Map<String, String> facts = new LinkedHashMap<>();
        List<PartReport> parts = new ArrayList<>();
        for (String name : checkpoint.names()) {
            Part part = checkpoint.part(name).orElseThrow();
            if (part.isThere() && WeightFiles.exist(part.location())) {
                parts.add(PartReport.of(name, part.declaredClass(), part.weights()));
            } else if (part.isThere() && part.onnx().isPresent()) {
                parts.add(new PartReport(
                        name, "ONNX model", 0, 0, size(part.onnx().get()), List.of()));
            }
        }
        checkpoint.part("scheduler").filter(Part::isThere).ifPresent(part -> {
            ConfigFile config = ConfigFile.read(part.file("scheduler_config.json"));
            facts.put("scheduler", config.text("_class_name", ""));
            facts.put("prediction", config.text("prediction_type", "epsilon") + " (scheduler_config.json)");
        });
        String model = checkpoint
                .part("unet")
                .filter(part -> part.isThere() && part.onnx().isEmpty())
                .map(part -> ModelVariant.ofUnet(part.config()))
                .orElse("");
        return new FileReport("a diffusers directory, " + checkpoint.pipelineClass(), model, parts, facts, Map.of());
    }

    private static long size(Path file) {
        return file.toFile().length();
    }
}
