package dev.triptych.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GeneratedImage;
import dev.triptych.ImageInput;
import dev.triptych.ImageSize;
import dev.triptych.ImageUpscaler;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych upscale}: a picture made larger by itself. */
@Command(
        name = "upscale",
        mixinStandardHelpOptions = true,
        description =
                "Makes a picture larger on this machine: by Lanczos resampling, or by an upscaling network. What the"
                        + " picture says of itself stays, and so does its transparency. Free.",
        sortOptions = false)
final class UpscaleCommand implements Callable<Integer> {

    private static final String LOCAL = "local";
    private static final String LANCZOS = "lanczos";
    private static final double USUAL_FACTOR = 2;

    @Parameters(paramLabel = "FILE", description = "A picture: PNG, JPEG, WebP, GIF or BMP.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Path file;

    @Option(
            names = "--factor",
            paramLabel = "N",
            description = "How many times as large along each edge, such as 1.5. Default: 2.")
    private @Nullable Double factor;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = RequestOptions.SizeConverter.class,
            description = "Width and height of the result in pixels, instead of a factor.")
    private @Nullable ImageSize size;

    @Option(
            names = "--upscaler",
            paramLabel = "lanczos|NAME|FILE",
            description = "lanczos, an upscaler of the generator's settings by its name, or the file of one: ESRGAN,"
                    + " Real-ESRGAN. Default: lanczos.")
    private String upscaler = LANCZOS;

    @Option(
            names = "--generator",
            paramLabel = "NAME",
            description = "A generator of the configuration, of type local, whose upscalers are meant. Default: its"
                    + " default, or its first of that type.")
    private @Nullable String generator;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            description =
                    "Where to write, as PNG; - is standard output. Default: the working folder, under the picture's"
                            + " name with the new size.")
    private String output = ".";

    @Mixin
    private final PrintOptions print = new PrintOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    UpscaleCommand() {}

    @Override
    public Integer call() {
        if (factor != null && size != null) {
            throw new ParameterException(spec.commandLine(), "--factor and --size must not be given both");
        }
        ImageInput picture = ImageInput.of(file);
        ImageSize wanted = size == null ? scaled(picture) : size;
        OutputFiles files = OutputFiles.at(target(wanted), 1);
        print.requireRoomFor(files);
        boolean isFile = isFile(upscaler);
        String name = isFile ? AdapterFilesOption.stem(upscaler) : upscaler;
        TriptychConfig.Builder configuration = config.builder();
        String owner = generator == null ? localName(configuration.build()) : generator;
        try (StopSignal stop = new StopSignal();
                GeneratorRegistry registry =
                        GeneratorRegistry.load(configuration(configuration, owner, isFile, name))) {
            ImageUpscaler local = local(registry, owner);
            GeneratedImage large = print.progress().upscale(local, picture, wanted, name, stop.cancellation());
            OutputFiles.Written written = files.writeAll(List.of(large)).get(0);
            tell(large, name, files, written);
            return written.trouble().isEmpty() ? 0 : Main.FAILED;
        }
    }

    /** A name has no folder before it and no ending behind it. */
    private static boolean isFile(String upscaler) {
        return upscaler.matches(".*[/\\\\].*|.*\\.(pth|pt|ckpt|bin|safetensors)")
                || Files.exists(Path.of(GeneratorChoice.expanded(upscaler)));
    }

    private ImageSize scaled(ImageInput picture) {
        double by = factor == null ? USUAL_FACTOR : factor;
        double width = Math.rint(picture.header().width() * by);
        double height = Math.rint(picture.header().height() * by);
        if (!(by > 0) || width < 1 || height < 1 || Math.max(width, height) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "--factor must leave a picture, so be a number above 0, but was " + by + " for "
                            + picture.header().width() + "x" + picture.header().height());
        }
        return new ImageSize((int) width, (int) height);
    }

    /** In a folder, the picture's name with the new size, which never meets an existing file. */
    private String target(ImageSize wanted) {
        Path folder = Path.of(GeneratorChoice.expanded(output));
        if (!Files.isDirectory(folder)) {
            return output;
        }
        String stem = AdapterFilesOption.stem(file.toString()) + "-" + wanted;
        Path free = folder.resolve(stem + ".png");
        for (int i = 2; Files.exists(free); i++) {
            free = folder.resolve(stem + "-" + i + ".png");
        }
        return free.toString();
    }

    /** The configuration with the generator {@code owner}, and the file of the command line among its upscalers. */
    private TriptychConfig configuration(
            TriptychConfig.Builder configuration, String owner, boolean isFile, String name) {
        if (!configuration.build().generatorNames().contains(owner)) {
            configuration.set(owner, "type", LOCAL);
        }
        if (isFile) {
            configuration.set(owner, "upscalers", Map.of(name, GeneratorChoice.expanded(upscaler)));
        }
        return configuration.build();
    }

    private static String localName(TriptychConfig configuration) {
        return configuration
                .defaultName()
                .filter(name -> configuration.type(name).equals(LOCAL))
                .or(() -> configuration.generatorNames().stream()
                        .filter(name -> configuration.type(name).equals(LOCAL))
                        .findFirst())
                .orElse(LOCAL);
    }

    private static ImageUpscaler local(GeneratorRegistry registry, String name) {
        try {
            return registry.generator(name).unwrap(ImageUpscaler.class);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("upscale must be asked of a generator of type local but " + name + " is none", e);
        }
    }

    /** What a picture says that it was upscaled to afterwards; {@code ""} if it says nothing of it. */
    static String upscaledTo(byte[] png) {
        String told = PngText.read(png).getOrDefault(GenerationParameters.PNG_KEYWORD, "");
        return GenerationParameters.parse(told).settings().getOrDefault("Postprocess upscale to", "");
    }

    private void tell(GeneratedImage large, String name, OutputFiles files, OutputFiles.Written written) {
        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = files.isStandardOutput() ? err : spec.commandLine().getOut();
        written.trouble().ifPresent(trouble -> err.println("triptych: " + trouble));
        String place = written.file().map(Path::toString).orElse("");
        if (print.isJson()) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("file", place);
            json.put("width", large.width());
            json.put("height", large.height());
            json.put("sha256", large.sha256());
            json.put("upscaler", name);
            out.println(json);
        } else if (!files.isStandardOutput() && !place.isEmpty()) {
            out.println(place);
        }
    }
}
