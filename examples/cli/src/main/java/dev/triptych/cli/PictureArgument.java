package dev.triptych.cli;

import dev.triptych.ImageInput;
import dev.triptych.InputRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An argument of the form {@code MODEL=IMAGE[,strength=S][,start=A][,end=B]}: a picture, the model that it feeds, and
 * what else holds for the two. Immutable.
 *
 * @param model a file, a folder or a name on the hub
 * @param image the picture's file
 * @param settings what stands behind the picture, by key
 */
record PictureArgument(String model, Path image, Map<String, String> settings) {

    PictureArgument {
        settings = Map.copyOf(settings);
    }

    /**
     * Reads an argument. File names may have {@code =} and commas in them: settings are cut off from the end, and a
     * model ends at the first {@code =} behind which a picture's file begins, else at the first of all.
     *
     * @param option what messages call it
     * @param known the keys that settings may have
     * @throws IllegalArgumentException if it has another form
     */
    static PictureArgument parse(String option, String text, Set<String> known) {
        Map<String, String> settings = new LinkedHashMap<>();
        String rest = text;
        for (int comma = rest.lastIndexOf(','); comma > 0; comma = rest.lastIndexOf(',')) {
            String tail = rest.substring(comma + 1);
            int equals = tail.indexOf('=');
            if (equals < 1 || !known.contains(tail.substring(0, equals))) {
                break;
            }
            if (settings.put(tail.substring(0, equals), tail.substring(equals + 1)) != null) {
                throw new IllegalArgumentException(
                        option + ": " + tail.substring(0, equals) + " must be given once but was given twice");
            }
            rest = rest.substring(0, comma);
        }
        int equals = border(rest);
        if (equals < 1 || equals == rest.length() - 1) {
            throw new IllegalArgumentException(
                    option + " must be MODEL=IMAGE, with settings behind commas, but was \"" + text + "\"");
        }
        String model = GeneratorChoice.expanded(rest.substring(0, equals));
        return new PictureArgument(model, Path.of(GeneratorChoice.expanded(rest.substring(equals + 1))), settings);
    }

    /**
     * {@code arguments} by the names of their models: the file's without its ending; a second of one name gets a
     * number.
     */
    static Map<String, List<PictureArgument>> byName(List<PictureArgument> arguments) {
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, List<PictureArgument>> byName = new LinkedHashMap<>();
        for (PictureArgument argument : arguments) {
            String name = names.computeIfAbsent(argument.model(), model -> fresh(model, names));
            byName.computeIfAbsent(name, each -> new ArrayList<>()).add(argument);
        }
        return byName;
    }

    private static String fresh(String model, Map<String, String> names) {
        String plain = AdapterFilesOption.stem(model);
        String name = plain;
        for (int number = 2; names.containsValue(name); number++) {
            name = plain + "-" + number;
        }
        return name;
    }

    private static int border(String text) {
        for (int at = text.indexOf('='); at > 0; at = text.indexOf('=', at + 1)) {
            if (Files.isRegularFile(Path.of(GeneratorChoice.expanded(text.substring(at + 1))))) {
                return at;
            }
        }
        return text.indexOf('=');
    }

    /**
     * The picture as a request's input for what the generator calls {@code name}.
     *
     * @throws IllegalArgumentException if the file is no picture, or a number out of range
     */
    ImageInput input(String option, InputRole role, String name) {
        try {
            return ImageInput.of(image)
                    .as(role)
                    .named(name)
                    .withStrength(number("strength", 1))
                    .withWindow(number("start", 0), number("end", 1));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }

    private double number(String key, double usual) {
        String text = settings.get(key);
        if (text == null) {
            return usual;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " must be a number but was \"" + text + "\"", e);
        }
    }
}
