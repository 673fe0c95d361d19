package dev.triptych;

import java.util.List;

/**
 * The pictures were made, and billed if the provider bills, but fetching them failed.
 * {@link #fetchAgain(GenerationContext)} repeats the download alone.
 */
public final class ImageFetchException extends ImageGenerationException {

    private final transient Download download;
    private final List<String> links;

    /** A failed download of pictures that exist. */
    public ImageFetchException(String message, ErrorOrigin origin, Throwable cause, Download download) {
        this(message, origin, cause, download, List.of());
    }

    /** A failed download of pictures that lie behind {@code links}. */
    public ImageFetchException(
            String message, ErrorOrigin origin, Throwable cause, Download download, List<String> links) {
        super(message, origin, cause);
        this.download = download;
        this.links = List.copyOf(links);
    }

    /**
     * Where the pictures lie for a while, so that a person can rescue what is paid for; empty where the provider names
     * no address. An address may hold a signature that opens it to anybody: it is in no message and no log.
     */
    public List<String> links() {
        return links;
    }

    /**
     * Fetches the pictures once more, without generating them again.
     *
     * @throws ImageFetchException if that fails too
     */
    public ImageResult fetchAgain(GenerationContext context) {
        return download.fetch(context);
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
