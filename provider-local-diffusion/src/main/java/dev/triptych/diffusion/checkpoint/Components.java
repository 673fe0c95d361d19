package dev.triptych.diffusion.checkpoint;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Parts of a checkpoint that are replaced, added or left out before anybody looks at it. Immutable.
 *
 * @param replaced names as in model_index.json, and the folders to take instead
 * @param leftOut names that the checkpoint shall not have
 * @param variant which of a part's weights to take where there are several, such as {@code "fp16"}; {@code ""} = plain
 */
public record Components(Map<String, Path> replaced, Set<String> leftOut, String variant) {

    /** Copies both. */
    public Components {
        replaced = Map.copyOf(replaced);
        leftOut = Set.copyOf(leftOut);
    }

    /** The checkpoint as it is. */
    public static Components none() {
        return new Components(Map.of(), Set.of(), "");
    }

    /** Names and folders; a name without a folder is left out. */
    public static Components of(Map<String, Optional<Path>> wishes) {
        Map<String, Path> replaced = new TreeMap<>();
        Set<String> leftOut = new TreeSet<>();
        wishes.forEach(
                (name, path) -> path.ifPresentOrElse(given -> replaced.put(name, given), () -> leftOut.add(name)));
        return new Components(replaced, leftOut, "");
    }

    /** The same, with another variant of the weights. */
    public Components withVariant(String name) {
        return new Components(replaced, leftOut, name);
    }
}
