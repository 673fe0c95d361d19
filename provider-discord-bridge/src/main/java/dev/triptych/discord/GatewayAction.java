package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Something that {@link GatewayCore} wants done. */
sealed interface GatewayAction {

    /**
     * Open a connection.
     *
     * @param url where to; null = ask the configuration or {@code /gateway/bot}
     */
    record Connect(@Nullable String url) implements GatewayAction {}

    /** Send one text frame. */
    record Send(String payload) implements GatewayAction {}

    /** Give the present connection up with this code; what it still says is not heard. */
    record Close(int code) implements GatewayAction {}

    /** Hand one dispatched event on. */
    record Deliver(String type, JsonNode payload) implements GatewayAction {}

    /** Never connect again; {@code reason} says why in one line. */
    record Stop(CloseCode code, String reason) implements GatewayAction {}
}
