package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.FileLayout.Slice;
import dev.triptych.diffusion.checkpoint.names.ClipNames;
import dev.triptych.diffusion.checkpoint.names.EmaNames;
import dev.triptych.diffusion.checkpoint.names.FileNames;
import dev.triptych.diffusion.checkpoint.names.LlamaCppNames;
import dev.triptych.diffusion.checkpoint.names.Pieces;
import dev.triptych.diffusion.weights.MemoryWeight;
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

    private static final String PROJECTION = "text_projection.weight";

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
        Slice denoiser = requireDenoiser();
        Pieces names = denoiser.kind().pieces(shapes, denoiser.prefix());
        ObjectNode config = denoiser.kind().shape(names.shapes(shapes)).config();
        ConfigFile shaped = ConfigFile.of(file, config);
        Optional<ConfigFile> givenIndex = options.config().map(SingleFile::indexIn);
        Optional<StandardTransformer> transformer = StandardTransformer.of(denoiser.kind(), shaped);
        if (transformer.isPresent()) {
            StandardTransformer standard = transformer.get();
            this.index = givenIndex.orElseGet(() -> ConfigFile.of(file, standard.index()));
            usual.put("vae", standard.latents());
            put("transformer", config, averaged(names).of(weights));
            addVae(given);
            addTexts();
            addTransformersTexts(standard);
            requireWhole("transformer", requiredTexts(standard), given);
            addTransformersTokenizers(standard, given);
        } else {
            Prediction prediction = Prediction.of(weights, beside(".yaml"), names.of(weights), shaped);
            config.put("sample_size", StandardConfigs.sampleSize(shaped, prediction));
            this.index = givenIndex.orElseGet(() -> ConfigFile.of(file, standardIndex(shaped)));
            usual.put("vae", StandardConfigs.latents(shaped, weights));
            StandardConfigs.text(shaped).ifPresent(text -> usual.put("text_encoder", text));
            put("unet", config, averaged(names).of(weights));
            addVae(given);
            addTexts();
            requireWhole("unet", expectedTexts(shaped), given);
            addScheduler(shaped, prediction);
        }
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

    private Slice requireDenoiser() {
        Slice unet = layout.slices().get("unet");
        if (unet != null) {
            return unet;
        }
        Slice transformer = layout.slices().get("transformer");
        boolean isPublishedWhole = transformer != null
                && (transformer.kind() == NetworkKind.FLUX || transformer.kind() == NetworkKind.STABLE_DIFFUSION_3);
        if (transformer == null || !isPublishedWhole || layout.slices().size() == 1) {
            FileKind kind = FileKind.of(shapes);
            throw new ModelLoadException(file + " must be a whole model, with a U-Net, but is " + kind.description()
                    + (layout.slices().isEmpty()
                            ? ""
                            : ": to use it in the place of a checkpoint's own, give --component "
                                    + layout.slices().keySet().iterator().next() + "=FILE"));
        }
        return transformer;
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

    private static List<String> requiredTexts(StandardTransformer standard) {
        List<String> texts = new ArrayList<>(standard.clips());
        if (standard.requiresT5()) {
            texts.add(standard.t5());
        }
        return texts;
    }

    /** T5, and what is left out of CLIP. */
    private void addTransformersTexts(StandardTransformer standard) {
        Slice t5 = layout.slices().get(standard.t5());
        if (t5 != null && t5.kind() == NetworkKind.T5) {
            Pieces names = t5.kind().pieces(shapes, t5.prefix());
            put(standard.t5(), t5.kind().shape(names.shapes(shapes)).config(), names.of(weights));
        }
        for (String clip : standard.clips()) {
            Slice slice = layout.slices().get(clip);
            if (slice != null && standard.projectsByIdentity(clip)) {
                Pieces names = slice.kind().pieces(shapes, slice.prefix());
                ObjectNode config = slice.kind().shape(names.shapes(shapes)).config();
                int width = config.path("hidden_size").asInt();
                config.put("projection_dim", width);
                put(clip, config, names.of(weights).overlaid(identityProjection(width)));
            }
        }
    }

    private Weights identityProjection(int width) {
        MemoryWeight identity = new MemoryWeight(
                PROJECTION, List.of((long) width, (long) width), file.toString(), "identity " + width, () -> {
                    float[] values = new float[width * width];
                    for (int i = 0; i < width; i++) {
                        values[i * width + i] = 1;
                    }
                    return values;
                });
        return Weights.of(Map.of(PROJECTION, identity), file.toString(), identity.identity());
    }

    /** CLIP's vocabulary is the usual one; T5's is in no such file. */
    private void addTransformersTokenizers(StandardTransformer standard, Set<String> given) {
        addFolderOr("scheduler", standard.scheduler());
        for (String clip : standard.clips()) {
            addFolderOr(tokenizerOf(clip), StandardConfigs.tokenizer(clip.endsWith("_2")));
        }
        String tokenizer = tokenizerOf(standard.t5());
        Optional<Path> folder = configFolder(tokenizer);
        if (folder.isPresent()) {
            put(tokenizer, new PartFolder(folder.get(), ""));
        } else {
            put(
                    tokenizer,
                    new AbsentPart(
                            file,
                            tokenizer + " must be given, because " + file
                                    + " holds none, but is not: --model-config DIR"
                                    + " or --component " + tokenizer + "=DIR"
                                    + (standard.requiresT5()
                                            ? ""
                                            : ", or paint without T5: --component " + standard.t5() + "=none")));
        }
        if (!standard.requiresT5() && !parts.containsKey(standard.t5()) && !given.contains(standard.t5())) {
            remarks.add("the model is painted with as it is, without T5, which the file does not hold (--component "
                    + standard.t5() + "=DIR adds it)");
        }
    }

    private static String tokenizerOf(String text) {
        return text.replace("text_encoder", "tokenizer");
    }

    private Optional<Path> configFolder(String name) {
        return options.config().map(configs -> configs.resolve(name)).filter(Files::isDirectory);
    }

    /** Tokenizers, as the text encoders want them; those of the folder of configs where it has some. */
    private void addTokenizer(String text) {
        String name = tokenizerOf(text);
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
        PartContents contents = configFolder(name)
                .<PartContents>map(given -> new PartFolder(given, ""))
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

    private void requireWhole(String denoiser, List<String> texts, Set<String> given) {
        Set<String> missing = new TreeSet<>(texts);
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
                + ", or take it into a checkpoint of the same family with --model DIR --component " + denoiser
                + "=FILE");
    }
}
