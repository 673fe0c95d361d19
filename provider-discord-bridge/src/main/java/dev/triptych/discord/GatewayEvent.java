package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;

/** Something that happens to {@link GatewayCore}. */
sealed interface GatewayEvent {

    /** Somebody wants the connection. */
    record Start() implements GatewayEvent {}

    /** A whole frame came in: {@code {op, d, s, t}}. */
    record Frame(JsonNode payload) implements GatewayEvent {}

    /**
     * The connection is gone, or could not be made.
     *
     * @param code the close code; −1 = none
     */
    record Closed(int code) implements GatewayEvent {}

    /** What came in cannot be read: a broken compression stream, or no JSON. */
    record Corrupt() implements GatewayEvent {}

    /**
     * What {@code /gateway/bot} said about new sessions.
     *
     * @param remaining new sessions left
     * @param resetAfterMillis when the count starts anew
     */
    record SessionLimit(int remaining, long resetAfterMillis) implements GatewayEvent {}

    /** Somebody wants {@code payload} sent, once the session is up. */
    record Submit(String payload) implements GatewayEvent {}

    /** Time has passed. */
    record Tick() implements GatewayEvent {}
}
