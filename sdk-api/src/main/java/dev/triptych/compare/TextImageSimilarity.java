package dev.triptych.compare;

import java.awt.image.BufferedImage;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * A model that says how well a picture shows a text: CLIP. A module that has one registers an {@link Opener} as a
 * {@link java.util.ServiceLoader} service, and every comparison measures with it. Thread-safe.
 */
public interface TextImageSimilarity extends AutoCloseable {

    /**
     * The first model on the class path that is installed; empty where there is none. Close it after the last use.
     *
     * @throws dev.triptych.ModelLoadException if the model's files are damaged
     */
    static Optional<TextImageSimilarity> installed() {
        return ServiceLoader.load(Opener.class).stream()
                .map(opener -> opener.get().open())
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The model's name, which the report shows. */
    String model();

    /**
     * The cosine between the embeddings of {@code prompt} and {@code picture}, in [−1, 1]. A prompt that is too long
     * for the model is cut.
     *
     * @param picture in sRGB, of any size; not written to
     */
    double cosine(String prompt, BufferedImage picture);

    /** Releases the model. A second call does nothing. */
    @Override
    void close();

    /** Opens a similarity model, where there is one. */
    interface Opener {
        /**
         * The model, loaded; empty where none is installed.
         *
         * @throws dev.triptych.ModelLoadException if one is installed but its files are damaged
         */
        Optional<TextImageSimilarity> open();
    }
}
