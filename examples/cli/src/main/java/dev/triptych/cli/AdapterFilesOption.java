package dev.triptych.cli;

import dev.triptych.config.TriptychConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The options that put LoRAs and textual inversions over the local engine's model for one command. */
final class AdapterFilesOption {

    private static final String OWN_WORD = "*";

    private static final Pattern WITH_STRENGTH =
            Pattern.compile("(?<file>.+)=(?<strengths>[-+]?[0-9.][^=:/\\\\]*(:[-+]?[0-9.][^=:/\\\\]*)?)");

    private static final Pattern WITH_HASH = Pattern.compile("https?://.*#sha256=[0-9a-fA-F]{64}");

    @Option(
            names = "--lora",
            paramLabel = "FILE[=STRENGTH[:TEXT]]",
            description =
                    "For the local engine: a LoRA or one of its kin, also one on the hub, with its strength, and another one for the text"
                            + " encoders. Default: 1. Can be given several times.")
    private List<String> loras = List.of();

    @Option(
            names = "--embedding",
            paramLabel = "FILE[=TOKEN]",
            description =
                    "For the local engine: a textual inversion, and how the prompt spells it. Default: as the file says,"
                            + " or the file's name. Can be given several times.")
    private List<String> embeddings = List.of();

    AdapterFilesOption() {}

    /**
     * A LoRA of the command line.
     *
     * @param name what the request calls it
     * @param file where it is
     * @param strengths {@code ""}, {@code "0.8"} or {@code "0.8:0.5"}
     */
    private record Given(String name, String file, String strengths) {

        String wish() {
            return strengths.isEmpty() ? name : name + ":" + strengths;
        }
    }

    boolean isGiven() {
        return !loras.isEmpty() || !embeddings.isEmpty();
    }

    /** Makes the files settings of the generator {@code name}. */
    void setFiles(TriptychConfig.Builder configuration, String name) {
        if (!loras.isEmpty()) {
            Map<String, String> files = new LinkedHashMap<>();
            given().forEach(lora -> files.put(lora.name(), GeneratorChoice.expanded(lora.file())));
            configuration.set(name, "loras", files);
        }
        if (!embeddings.isEmpty()) {
            configuration.set(name, "embeddings", embeddings());
        }
    }

    /** How a request asks for the LoRAs: {@code local.lora}. */
    Optional<String> wish() {
        return loras.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join(",", given().stream().map(Given::wish).toList()));
    }

    /** Each is called by its file; the second of one name gets a number. */
    private List<Given> given() {
        Map<String, Given> given = new LinkedHashMap<>();
        for (String text : loras) {
            Matcher strengths = WITH_STRENGTH.matcher(text);
            boolean split = strengths.matches() && isSplit(text);
            String file = split ? strengths.group("file") : text;
            String plain = stem(file);
            String name = plain;
            for (int number = 2; given.containsKey(name); number++) {
                name = plain + "-" + number;
            }
            given.put(name, new Given(name, file, split ? strengths.group("strengths") : ""));
        }
        return List.copyOf(given.values());
    }

    /** Files by their words; those without one are a list. */
    private Map<String, Object> embeddings() {
        Map<String, Object> files = new LinkedHashMap<>();
        List<String> own = new ArrayList<>();
        for (String text : embeddings) {
            int equals = isSplit(text) ? text.lastIndexOf('=') : -1;
            if (equals > 0 && equals < text.length() - 1) {
                files.put(text.substring(equals + 1), GeneratorChoice.expanded(text.substring(0, equals)));
            } else {
                own.add(GeneratorChoice.expanded(text));
            }
        }
        if (!own.isEmpty()) {
            files.put(OWN_WORD, own);
        }
        return files;
    }

    /** Whether what follows the last {@code =} is not part of a file's name, nor the hash of an address. */
    private static boolean isSplit(String text) {
        return !WITH_HASH.matcher(text).matches() && !Files.exists(Path.of(GeneratorChoice.expanded(text)));
    }

    /** The file's name without its ending, and without what separates names in a request. */
    static String stem(String file) {
        String name = String.valueOf(Path.of(file).getFileName());
        int dot = name.lastIndexOf('.');
        return (dot > 0 ? name.substring(0, dot) : name).replaceAll("[,:]", "_").strip();
    }
}
