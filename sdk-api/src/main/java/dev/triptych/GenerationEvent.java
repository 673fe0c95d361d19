package dev.triptych;

import dev.triptych.media.ImageHeader;
import java.time.Duration;

/**
 * Something that happened during a generation: one stream for an HTTP call, a local denoising loop and a relay job.
 *
 * <p>Who tells what: a provider tells Queued, Downloading, Loading, Started, Progress and Preview; what wraps it tells
 * Retrying, FallingBack and CacheHit. Completed or Failed comes once, last, and from {@link GenerationHandle} alone,
 * which every {@link ImageGenerator#submit(ImageRequest, GenerationListener) submit} goes through: who calls
 * {@code generate} gets the result or the error anyway.
 */
public sealed interface GenerationEvent {

    /**
     * The request waits for others.
     *
     * @param position how many are before it; 0 = next
     */
    record Queued(int position) implements GenerationEvent {}

    /**
     * A file is being fetched that the generator needs.
     *
     * @param what the file, as its server names it
     * @param doneBytes bytes that are here, 0 to {@code totalBytes}
     * @param totalBytes bytes of the whole file; -1 where the server does not say
     */
    record Downloading(String what, long doneBytes, long totalBytes) implements GenerationEvent {}

    /**
     * Part of a model is being loaded.
     *
     * @param what the part, such as {@code "U-Net"}
     * @param fraction how much of all loading is done, 0 to 1
     */
    record Loading(String what, double fraction) implements GenerationEvent {}

    /** A generator began to work on the request. */
    record Started(GeneratorInfo generator) implements GenerationEvent {}

    /**
     * Part of the work is done.
     *
     * @param step steps done, 1 to {@code total}
     * @param total steps of the whole request, over all its pictures
     */
    record Progress(int step, int total) implements GenerationEvent {}

    /** A picture that is not finished yet. */
    record Preview(PreviewImage image) implements GenerationEvent {}

    /** An attempt failed and is made again after {@code delay}. */
    record Retrying(ImageGenerationException cause, Duration delay) implements GenerationEvent {}

    /** One generator could not serve the request, the next one tries. */
    record FallingBack(GeneratorInfo from, GeneratorInfo to, ImageGenerationException cause)
            implements GenerationEvent {}

    /** The result came from the cache; nothing was generated. */
    record CacheHit(GeneratorInfo generator) implements GenerationEvent {}

    /** The pictures are there. The last event; told by {@link GenerationHandle} alone. */
    record Completed(ImageResult result) implements GenerationEvent {}

    /**
     * The generation ended without a picture. The last event; told by {@link GenerationHandle} alone.
     *
     * @param error an {@link ImageGenerationException}, or another error where a program is at fault
     */
    record Failed(Throwable error) implements GenerationEvent {}

    /** An unfinished picture: its bytes and what their header says. Immutable. */
    final class PreviewImage {
        private final byte[] bytes;
        private final ImageHeader header;

        private PreviewImage(byte[] bytes) {
            this.bytes = bytes;
            this.header = ImageHeader.read(bytes);
        }

        /**
         * The preview in {@code bytes}, which are copied.
         *
         * @throws IllegalArgumentException if {@code bytes} are no picture of a known format
         */
        public static PreviewImage of(byte[] bytes) {
            return new PreviewImage(bytes.clone());
        }

        /** A copy of the encoded picture. */
        public byte[] bytes() {
            return bytes.clone();
        }

        /** Media type and size, read from the bytes. */
        public ImageHeader header() {
            return header;
        }

        @Override
        public String toString() {
            return "PreviewImage[" + header + ", " + bytes.length + " bytes]";
        }
    }
}
