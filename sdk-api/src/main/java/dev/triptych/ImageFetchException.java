package dev.triptych;

/**
 * The pictures were made, and billed if the provider bills, but fetching them failed.
 * {@link #fetchAgain(GenerationContext)} repeats the download alone.
 */
public final class ImageFetchException extends ImageGenerationException {

    private final transient Download download;

    /** A failed download of pictures that exist. */
    public ImageFetchException(String message, ErrorOrigin origin, Throwable cause, Download download) {
        super(message, origin, cause);
        this.download = download;
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
