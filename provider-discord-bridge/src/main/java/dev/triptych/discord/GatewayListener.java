package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;

/** Hears what comes over the gateway, always on one thread and in order; it should return quickly. */
interface GatewayListener {

    /** One dispatched event, such as {@code MESSAGE_CREATE}. */
    void onDispatch(String type, JsonNode payload);

    /** The gateway will not come back; {@code reason} is one line for a person. */
    void onStopped(CloseCode code, String reason);
}
