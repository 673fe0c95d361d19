package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.weights.Weights;
import java.util.List;
import java.util.Set;

/** What stands before every name of a file and says nothing: wrappers that a training framework put around a model. */
public final class FileNames {

    private static final String NESTED = "state_dict.";
    private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.");

    private FileNames() {}

    /** The weights of a file without such wrappers. */
    public static Weights unwrapped(Weights file) {
        Weights plain = file.names().stream().anyMatch(name -> name.startsWith(NESTED))
                ? file.renamed(name -> without(NESTED, name))
                : file;
        for (String wrapper : WRAPPERS) {
            if (allStart(plain.names(), wrapper)) {
                plain = plain.renamed(name -> without(wrapper, name));
            }
        }
        return plain;
    }

    private static boolean allStart(Set<String> names, String start) {
        return !names.isEmpty() && names.stream().allMatch(name -> name.startsWith(start));
    }

    private static String without(String start, String name) {
        return name.startsWith(start) ? name.substring(start.length()) : name;
    }
}
