package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.FileLayout.Slice;
import dev.triptych.diffusion.checkpoint.names.ClipNames;
import dev.triptych.diffusion.checkpoint.names.EmaNames;
import dev.triptych.diffusion.checkpoint.names.FileNames;
import dev.triptych.diffusion.checkpoint.names.LlamaCppNames;
import dev.triptych.diffusion.checkpoint.names.Pieces;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A file that holds a whole model, read as the diffusers directory that is not there: its parts are views of the file's
 * tensors under diffusers' names, their configs are made from the tensors' shapes, and tokenizers and scheduler are the
 * usual ones of such a model. Nothing but the header is read, and here and there a tensor of a few hundred numbers.
 */
final class SingleFile {

    private static final List<String> NEIGHBOURS = List.of(".vae.safetensors", ".vae.pt", ".vae.ckpt");

    private final Path file;
    private final SingleFileOptions options;
    private final Weights weights;
    private final Map<String, List<Long>> shapes;
    private final FileLayout layout;
    private final Map<String, Part> parts = new TreeMap<>();
    private final Map<String, ObjectNode> usual = new TreeMap<>();
    private final List<String> remarks = new ArrayList<>();
    private final ConfigFile index;

    private SingleFile(Path file, Set<String> given, SingleFileOptions options) {
        this.file = file;
        this.options = options;
        this.weights = open(file);
        this.shapes = weights.shapes();
        this.layout = FileLayout.of(shapes);
        Slice unet = requireUnet();
        Pieces names = unet.kind().pieces(shapes, unet.prefix());
        ObjectNode config = unet.kind().shape(names.shapes(shapes)).config();
        ConfigFile shaped = ConfigFile.of(file, config);
        Prediction prediction = Prediction.of(weights, beside(".yaml"), names.of(weights), shaped);
        config.put("sample_size", StandardConfigs.sampleSize(shaped, prediction));
        Optional<ConfigFile> givenIndex = options.config().map(SingleFile::indexIn);
        this.index = givenIndex.orElseGet(() -> ConfigFile.of(file, standardIndex(shaped)));
        usual.put("vae", StandardConfigs.latents(shaped, weights));
        StandardConfigs.text(shaped).ifPresent(text -> usual.put("text_encoder", text));
        put("unet", config, averaged(names).of(weights));
        addVae(given);
        addTexts();
        requireWhole(shaped, given);
        addScheduler(shaped, prediction);
    }

    /**
     * Reads a model.
     *
     * @param given the names of parts that come from elsewhere, and need not be in the file
     * @throws ModelLoadException if the file is damaged, is no model of a kind that is known, or lacks a part
     */
    static SingleFile open(Path file, Set<String> given, SingleFileOptions options) {
        return new SingleFile(file, given, options);
    }

    /** The tensors of a file; links are followed, since ONNX Runtime maps what it is given. */
    static Weights open(Path file) {
        try {
            Weights weights = FileNames.unwrapped(Weights.open(List.of(file.toRealPath()), file.toString()));
            return weights.has("token_embd.weight") ? LlamaCppNames.toTransformers(weights) : weights;
        } catch (IOException e) {
            throw new ModelLoadException(file + " must be a model but cannot be read: " + e.getMessage(), e);
        }
    }

    /** What {@code model_index.json} would say. */
    ConfigFile index() {
        return index;
    }

    /** The parts by name. */
    Map<String, Part> parts() {
        return parts;
    }

    /** What the config of the part {@code name} says that no shapes tell, for one that comes from elsewhere. */
    ObjectNode usual(String name) {
        return usual.getOrDefault(name, ConfigFile.object());
    }

    /** What is worth knowing: files beside it that are used too. */
    List<String> remarks() {
        return List.copyOf(remarks);
    }

    private Slice requireUnet() {
        Slice unet = layout.slices().get("unet");
        if (unet == null) {
            FileKind kind = FileKind.of(shapes);
            throw new ModelLoadException(file + " must be a whole model, with a U-Net, but is " + kind.description()
                    + (layout.slices().isEmpty()
                            ? ""
                            : ": to use it in the place of a checkpoint's own, give --component "
                                    + layout.slices().keySet().iterator().next() + "=FILE"));
        }
        return unet;
    }

    private static ConfigFile indexIn(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ModelLoadException("model config must be a diffusers directory of configs but " + folder
                    + (Files.exists(folder) ? " is a file" : " does not exist"));
        }
        return ConfigFile.read(folder.resolve("model_index.json"));
    }

    private static ObjectNode standardIndex(ConfigFile unet) {
        ObjectNode index = StandardConfigs.index(unet);
        put(index, "unet", "diffusers", "UNet2DConditionModel");
        put(index, "vae", "diffusers", "AutoencoderKL");
        for (String text : expectedTexts(unet)) {
            boolean second = text.endsWith("_2");
            put(index, text, "transformers", second ? "CLIPTextModelWithProjection" : "CLIPTextModel");
        }
        return index;
    }

    private static void put(ObjectNode index, String part, String library, String className) {
        index.putArray(part).add(library).add(className);
    }

    private static List<String> expectedTexts(ConfigFile unet) {
        if (StandardConfigs.isRefiner(unet)) {
            return List.of("text_encoder_2");
        }
        return StandardConfigs.isXl(unet) ? List.of("text_encoder", "text_encoder_2") : List.of("text_encoder");
    }

    private Pieces averaged(Pieces plain) {
        if (!options.ema()) {
            return plain;
        }
        if (!EmaNames.areIn(shapes)) {
            throw new ModelLoadException("ema must be false, because " + file + " holds no averaged weights beside the"
                    + " plain ones, but was true");
        }
        return EmaNames.of(plain, shapes);
    }

    private void addVae(Set<String> given) {
        Slice vae = layout.slices().get("vae");
        Optional<Path> neighbour = given.contains("vae") ? Optional.empty() : neighbour();
        ObjectNode latents = Objects.requireNonNull(usual.get("vae"));
        if (neighbour.isPresent()) {
            remarks.add("the autoencoder is that of " + neighbour.get().getFileName() + " beside the model");
            put("vae", ComponentFile.open("vae", neighbour.get()).part(latents));
        } else if (vae != null) {
            Pieces names = vae.kind().pieces(shapes, vae.prefix());
            ObjectNode config = vae.kind().shape(names.shapes(shapes)).config();
            config.setAll(latents);
            put("vae", config, names.of(weights));
        }
    }

    private Optional<Path> neighbour() {
        return NEIGHBOURS.stream()
                .map(this::beside)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private Path beside(String ending) {
        return file.resolveSibling(stem(file) + ending);
    }

    /** A file's name without what follows the last dot. */
    static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private void addTexts() {
        layout.slices().forEach((name, slice) -> {
            if (slice.kind() == NetworkKind.CLIP) {
                Pieces names = slice.kind().pieces(shapes, slice.prefix());
                ObjectNode config = slice.kind().shape(names.shapes(shapes)).config();
                boolean openClip = ClipNames.isOpenClip(shapes, slice.prefix());
                if (openClip && name.equals("text_encoder")) { // Stable Diffusion 2 leaves out the last layer
                    config.put(
                            "num_hidden_layers",
                            config.path("num_hidden_layers").asInt() - 1);
                }
                if (openClip) {
                    config.put("hidden_act", "gelu");
                }
                put(name, config, names.of(weights));
            }
        });
    }

    /** Tokenizers, as the text encoders want them; those of the folder of configs where it has some. */
    private void addTokenizer(String text) {
        String name = text.replace("text_encoder", "tokenizer");
        Slice slice = layout.slices().get(text);
        boolean openClip = text.endsWith("_2")
                || (slice == null ? usual.containsKey(text) : ClipNames.isOpenClip(shapes, slice.prefix()));
        addFolderOr(name, StandardConfigs.tokenizer(openClip));
    }

    private void addScheduler(ConfigFile unet, Prediction prediction) {
        addFolderOr("scheduler", StandardConfigs.scheduler(prediction, unet));
        expectedTexts(unet).forEach(this::addTokenizer);
    }

    private void addFolderOr(String name, ObjectNode standard) {
        Optional<Path> folder =
                options.config().map(configs -> configs.resolve(name)).filter(Files::isDirectory);
        PartContents contents = folder.<PartContents>map(given -> new PartFolder(given, ""))
                .orElseGet(() -> new PartSlice(file, ConfigFile.of(file, standard), Optional.empty()));
        put(name, contents);
    }

    private void put(String name, ObjectNode config, Weights tensors) {
        Optional<Path> given = options.config()
                .map(configs -> configs.resolve(name).resolve("config.json"))
                .filter(Files::isRegularFile);
        ConfigFile read = given.map(ConfigFile::read).orElseGet(() -> ConfigFile.of(file, config));
        put(name, new PartSlice(file, read, Optional.of(tensors)));
    }

    private void put(String name, PartContents contents) {
        parts.put(name, new Part(name, contents, index.node(name).path(1).asText("")));
    }

    private void requireWhole(ConfigFile unet, Set<String> given) {
        Set<String> missing = new TreeSet<>(expectedTexts(unet));
        missing.add("vae");
        missing.removeAll(parts.keySet());
        missing.removeAll(given);
        if (missing.isEmpty()) {
            return;
        }
        String all = String.join(" and ", missing);
        String components =
                missing.stream().map(name -> " --component " + name + "=PATH").reduce("", String::concat);
        throw new ModelLoadException(file + " must be a whole model but lacks " + all + ": give" + components
                + ", or take it into a checkpoint of the same family with --model DIR --component unet=FILE");
    }
}
