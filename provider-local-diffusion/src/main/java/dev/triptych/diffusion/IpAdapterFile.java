package dev.triptych.diffusion;

import java.nio.file.Path;
import java.util.Optional;

/**
 * An IP-Adapter among a generator's settings. Requests name it with pictures of role STYLE. Immutable.
 *
 * @param source the file, here or on the hub
 * @param encoder the folder of the vision tower that it was trained with, a {@code CLIPVisionModelWithProjection};
 *     empty = {@code image_encoder/} beside the file, or {@code models/image_encoder/} beside its folder, as the
 *     authors' repository has them
 */
public record IpAdapterFile(ModelSource source, Optional<ModelSource> encoder) {

    /** The adapter in {@code file}, whose vision tower lies beside it. */
    public static IpAdapterFile of(Path file) {
        return new IpAdapterFile(ModelSource.of(file), Optional.empty());
    }

    /** The same with the vision tower in {@code folder}. */
    public IpAdapterFile withEncoder(Path folder) {
        return new IpAdapterFile(source, Optional.of(ModelSource.of(folder)));
    }
}
