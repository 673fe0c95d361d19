package dev.triptych.discord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Somebody on the simulated server.
 *
 * @param id the user's id; for a bot also that of its application
 * @param name how it is called
 * @param token a bot's token; {@code ""} for a person
 * @param mayReadContent whether the MESSAGE CONTENT intent is switched on for the bot
 */
public record SimulatedUser(String id, String name, String token, boolean mayReadContent) {

    static final int MESSAGE_CONTENT_LIMITED = 1 << 19;

    /** Whether it is a bot. */
    public boolean isBot() {
        return !token.isEmpty();
    }

    int applicationFlags() {
        return mayReadContent ? MESSAGE_CONTENT_LIMITED : 0;
    }

    ObjectNode json() {
        ObjectNode json = Nodes.object()
                .put("id", id)
                .put("username", name)
                .putNull("avatar")
                .put("discriminator", "0000")
                .put("public_flags", 0)
                .put("flags", 0)
                .put("bot", isBot())
                .put("global_name", name);
        json.putNull("primary_guild");
        return json;
    }

    ObjectNode member() {
        ObjectNode json = Nodes.object()
                .putNull("avatar")
                .putNull("banner")
                .putNull("communication_disabled_until")
                .put("flags", 0)
                .put("joined_at", "2026-01-01T00:00:00+00:00")
                .putNull("nick")
                .put("pending", false)
                .putNull("premium_since")
                .put("mute", false)
                .put("deaf", false);
        json.putArray("roles");
        return json;
    }

    @Override
    public String toString() {
        return "SimulatedUser[" + name + " " + id + "]";
    }
}
