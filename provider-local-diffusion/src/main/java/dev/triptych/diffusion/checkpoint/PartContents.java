package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where a part's config and weights come from. */
interface PartContents {

    /** A folder, or the file that stands for it. */
    Path location();

    /** Whether it is a folder of files, with names of its own. */
    boolean isFolder();

    /** Why there is nothing at the location; empty if there is something. */
    Optional<String> missing();

    ConfigFile config();

    ConfigFile configOr(ObjectNode standard);

    Optional<Path> onnx();

    Weights weights();

    /** Adds all that changes the pictures. */
    void addTo(Fingerprint fingerprint, String name) throws IOException;
}
