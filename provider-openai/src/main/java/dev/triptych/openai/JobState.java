package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import java.util.Optional;

/** How far a job is, as its server says. */
sealed interface JobState {

    /**
     * It waits or is worked on.
     *
     * @param event what the listener is told
     */
    record Waiting(Optional<GenerationEvent> event) implements JobState {}

    /**
     * The pictures are there.
     *
     * @param result what names them; empty = it is to be fetched from the ticket's result URL
     */
    record Done(Optional<JsonNode> result) implements JobState {
        @Override
        public String toString() {
            return "Done[]";
        }
    }

    /**
     * There will be no picture.
     *
     * @param error why
     */
    record Failed(ImageGenerationException error) implements JobState {}
}
