package dev.triptych.openai;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.Usage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An answer read into parts: for each picture its bytes, a link to them, or why there is none.
 *
 * @param items the pictures in order; mutable, so that each can be let go once it is used
 * @param usage what the call used, where the server says so
 * @param dollars what the call cost, where the server says so
 * @param warnings what could not be read, or was odd
 */
record ImagesAnswer(
        List<Item> items, Optional<Usage> usage, Optional<BigDecimal> dollars, List<GenerationWarning> warnings) {

    /** An answer that does not say what it cost. */
    ImagesAnswer(List<Item> items, Optional<Usage> usage, List<GenerationWarning> warnings) {
        this(items, usage, Optional.empty(), warnings);
    }

    /** Copies the lists. */
    ImagesAnswer {
        items = new ArrayList<>(items);
        warnings = List.copyOf(warnings);
    }

    /** This answer with what its call cost, where that was told before. */
    ImagesAnswer costing(Optional<BigDecimal> told) {
        return told.isEmpty() ? this : new ImagesAnswer(items, usage, told, warnings);
    }

    /** An answer of one picture. */
    static ImagesAnswer of(Item item) {
        return new ImagesAnswer(List.of(item), Optional.empty(), List.of());
    }

    /** One picture of an answer. */
    sealed interface Item {}

    /** The picture itself. Never copied, since it may be of many megabytes. */
    static final class Content implements Item {
        private final byte[] bytes;
        private final Notes notes;

        Content(byte[] bytes, Notes notes) {
            this.bytes = bytes;
            this.notes = notes;
        }

        byte[] bytes() {
            return bytes;
        }

        Notes notes() {
            return notes;
        }

        @Override
        public String toString() {
            return "Content[" + bytes.length + " bytes]";
        }
    }

    /** Where the picture lies for a while. The address may hold a signature and is not printed. */
    record Link(String url, Notes notes) implements Item {
        @Override
        public String toString() {
            return "Link[]";
        }
    }

    /** Why there is no picture. */
    record Refused(ImageGenerationException error) implements Item {}

    /** What the server says beside a picture. The revised prompt is not printed. */
    record Notes(
            @Nullable String revisedPrompt,
            @Nullable Long seed,
            @Nullable String imageId) {
        static final Notes NONE = new Notes(null, null, null);

        /** Notes of a picture that has no id. */
        Notes(@Nullable String revisedPrompt, @Nullable Long seed) {
            this(revisedPrompt, seed, null);
        }

        @Override
        public String toString() {
            return "Notes[seed=" + seed + "]";
        }
    }
}
