package dev.triptych.cli;

import dev.triptych.ImageRequest;
import dev.triptych.Provenance;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.storage.UserFolders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say who paints: a name in {@code triptych.yaml}, or a checkpoint for the local engine. */
final class GeneratorChoice {

    private static final String LOCAL = "local";
    private static final String BUNDLED = "bundled";
    private static final String LORA = "local.lora";

    @Option(
            names = "--generator",
            paramLabel = "NAME",
            description = "A generator of the configuration. Default: its default, or the local engine.")
    private @Nullable String generator;

    @Option(
            names = "--model",
            paramLabel = "bundled|DIR|FILE|OWNER/NAME|URL",
            description =
                    "For the local engine: the bundled checkpoint, a Hugging Face diffusers directory, a file that holds a"
                            + " whole model, a name on the hub (OWNER/NAME@REVISION), or the https address of a file"
                            + " with #sha256=HEX.")
    private @Nullable String model;

    @Option(
            names = "--model-config",
            paramLabel = "DIR",
            description =
                    "For a model that is one file: a diffusers directory whose configs, tokenizers and scheduler are"
                            + " used instead of what the tensors' shapes tell.")
    private @Nullable String modelConfig;

    @Option(names = "--ema", description = "For a model that is one file: use its averaged weights.")
    private boolean ema;

    @Option(
            names = "--component",
            paramLabel = "NAME=DIR|FILE|OWNER/NAME|none",
            description =
                    "For the local engine: a part of the checkpoint, by its name in model_index.json, to take from"
                            + " another folder or file or the hub, or to leave out. Can be given several times.")
    private Map<String, String> components = Map.of();

    @Option(
            names = "--refiner",
            paramLabel = "DIR|FILE|OWNER/NAME",
            description =
                    "For the local engine: the diffusers directory, the file, or the name on the hub, of a model that"
                            + " finishes the picture (SDXL).")
    private @Nullable String refiner;

    @Option(
            names = "--memory",
            paramLabel = "WORD",
            description =
                    "For the local engine: auto, low or high. low releases each network when it has done its part and"
                            + " keeps weights as narrow as their files have them: slower, and the last digit of a byte may"
                            + " differ. auto does what free memory allows.")
    private @Nullable String memory;

    @Mixin
    private final AdapterFilesOption adapters = new AdapterFilesOption();

    @Mixin
    private final ControlOption controls = new ControlOption();

    @Mixin
    private final IpAdapterOption ipAdapters = new IpAdapterOption();

    @Mixin
    private final UpscalerOption upscalers = new UpscalerOption();

    @Mixin
    private final ConfigOption config = new ConfigOption();

    GeneratorChoice() {}

    /** The generator that was asked for. */
    ChosenGenerator open() {
        TriptychConfig.Builder configuration = config.builder();
        String name = generator;
        boolean ownFiles = model != null
                || modelConfig != null
                || ema
                || refiner != null
                || memory != null
                || !components.isEmpty()
                || adapters.isGiven()
                || controls.isGiven()
                || ipAdapters.isGiven()
                || upscalers.isGiven();
        if (ownFiles && name == null) {
            name = LOCAL;
            configuration.set(name, "type", LOCAL);
        }
        if (name != null) {
            setFiles(configuration, name);
        }
        GeneratorRegistry registry = GeneratorRegistry.load(configuration.build());
        return new ChosenGenerator(name == null ? registry.defaultGenerator() : registry.generator(name), registry);
    }

    /**
     * The generator that made a picture, under the name it had then, so that the picture's metadata is the same too.
     */
    ChosenGenerator openFor(Provenance provenance) {
        String name = provenance.generator();
        if (!provenance.provider().equals(LOCAL)
                || (model == null && !provenance.model().equals(BUNDLED))) {
            TriptychConfig.Builder known = config.builder();
            if (known.build().generatorNames().contains(name)) {
                adapters.setFiles(known, name);
                controls.setFiles(known, name);
                ipAdapters.setFiles(known, name);
                upscalers.setFiles(known, name);
            }
            GeneratorRegistry registry = GeneratorRegistry.load(known.build());
            if (!registry.names().contains(name)) {
                registry.close();
                throw new CommandFailure("picture was made by " + name + " with model " + provenance.model()
                        + ", which is not at hand; give --model DIR, or --config with a generator of that name");
            }
            return new ChosenGenerator(registry.generator(name), registry);
        }
        TriptychConfig.Builder local = TriptychConfig.builder().set(name, "type", LOCAL);
        local.set(name, "model", BUNDLED);
        setFiles(local, name);
        GeneratorRegistry registry = GeneratorRegistry.load(local.build());
        return new ChosenGenerator(registry.generator(name), registry);
    }

    /** Makes the files of the command line settings of the generator {@code name}. */
    private void setFiles(TriptychConfig.Builder configuration, String name) {
        if (model != null) {
            configuration.set(name, "model", expanded(model));
        }
        if (modelConfig != null) {
            configuration.set(name, "model-config", expanded(modelConfig));
        }
        if (ema) {
            configuration.set(name, "ema", "true");
        }
        if (refiner != null) {
            configuration.set(name, "refiner", expanded(refiner));
        }
        if (memory != null) {
            configuration.set(name, "memory", memory);
        }
        if (!components.isEmpty()) {
            Map<String, String> parts = new LinkedHashMap<>();
            components.forEach((part, path) -> parts.put(part, expanded(path)));
            configuration.set(name, "components", parts);
        }
        adapters.setFiles(configuration, name);
        controls.setFiles(configuration, name);
        ipAdapters.setFiles(configuration, name);
        upscalers.setFiles(configuration, name);
    }

    /** {@code request} with what the command line puts over the model: LoRAs, control pictures, pictures to look at. */
    ImageRequest withAdapters(ImageRequest request) {
        return ipAdapters.with(controls.with(withLoras(request)));
    }

    /** The pictures that stand behind {@code --control} and {@code --ip-adapter}. */
    List<Path> pictures() {
        List<Path> pictures = new ArrayList<>(controls.pictures());
        pictures.addAll(ipAdapters.pictures());
        return pictures;
    }

    /** {@code request} with the LoRAs of the command line. */
    private ImageRequest withLoras(ImageRequest request) {
        if (adapters.wish().isEmpty()) {
            return request;
        }
        if (request.options().containsKey(LORA)) {
            throw new IllegalArgumentException(
                    "option " + LORA + " must not be given beside --lora, which says it too");
        }
        return request.toBuilder().option(LORA, adapters.wish().get()).build();
    }

    /** {@code ~/} is the user's home, also in quotes, where no shell puts it in. */
    static String expanded(String model) {
        try {
            return model.startsWith("~") ? UserFolders.expand(model).toString() : model;
        } catch (IllegalStateException e) {
            throw new CommandFailure("model cannot be found: " + model + ": " + e.getMessage(), e);
        }
    }

    /** The configuration as it is. */
    TriptychConfig configuration() {
        return config.load();
    }
}
