package dev.triptych;

import java.net.URI;
import java.util.List;

/**
 * The pictures were made, and billed if the provider bills, but fetching them failed.
 * {@link #fetchAgain(GenerationContext)} repeats the download alone.
 *
 * <p>Where fetching ends since the generation was cancelled, a provider throws a {@link GenerationCancelledException}
 * with one of these as its cause: so a time limit of the chain loses no finished picture.
 */
public final class ImageFetchException extends ImageGenerationException {

    private final transient Download download;
    private final transient List<URI> links;

    /** A failed download of pictures that exist. */
    public ImageFetchException(String message, ErrorOrigin origin, Throwable cause, Download download) {
        this(message, origin, cause, download, List.of());
    }

    /** A failed download of the pictures at {@code links}. */
    public ImageFetchException(
            String message, ErrorOrigin origin, Throwable cause, Download download, List<URI> links) {
        super(message, origin, cause);
        this.download = download;
        this.links = List.copyOf(links);
    }

    /**
     * Fetches the pictures once more, without generating them again.
     *
     * @throws ImageFetchException if that fails too
     */
    public ImageResult fetchAgain(GenerationContext context) {
        return download.fetch(context);
    }

    /**
     * Where the pictures lie, for a person who rescues them by hand; empty where there is no address. The journal keeps
     * them too. They may let anyone in who has them, so a log should not.
     */
    public List<URI> links() {
        return links;
    }

    /** Fetching alone is free, so it may be repeated. */
    @Override
    public boolean isRetryable() {
        return true;
    }

    /** The part of a call that comes after the pictures were made. */
    @FunctionalInterface
    public interface Download {
        /** Fetches the finished pictures. */
        ImageResult fetch(GenerationContext context);
    }
}
