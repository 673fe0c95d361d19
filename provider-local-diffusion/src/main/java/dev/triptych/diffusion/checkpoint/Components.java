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
 */
public record Components(Map<String, Path> replaced, Set<String> leftOut) {

    /** Copies both. */
    public Components {
        replaced = Map.copyOf(replaced);
        leftOut = Set.copyOf(leftOut);
    }

    /** The checkpoint as it is. */
    public static Components none() {
        return new Components(Map.of(), Set.of());
    }

    /** Names and folders; a name without a folder is left out. */
    public static Components of(Map<String, Optional<Path>> wishes) {
        Map<String, Path> replaced = new TreeMap<>();
        Set<String> leftOut = new TreeSet<>();
        wishes.forEach(
                (name, path) -> path.ifPresentOrElse(given -> replaced.put(name, given), () -> leftOut.add(name)));
        return new Components(replaced, leftOut);
    }
}
