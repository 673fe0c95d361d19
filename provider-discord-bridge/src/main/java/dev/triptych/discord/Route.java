package dev.triptych.discord;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * One REST endpoint with its ids filled in.
 *
 * @param method GET, POST, PATCH or DELETE
 * @param template the endpoint without ids; calls of one template share a rate limit
 * @param path the endpoint with ids, below the base address
 * @param major the id by which Discord splits a rate limit: a channel, server or webhook
 * @param counted whether the call counts against the limit over all endpoints; answers to interactions do not
 */
record Route(String method, String template, String path, String major, boolean counted) {

    static Route gatewayBot() {
        return plain("GET", "gateway/bot");
    }

    static Route me() {
        return plain("GET", "users/@me");
    }

    static Route application() {
        return plain("GET", "applications/@me");
    }

    static Route channel(String channel) {
        return new Route("GET", "channels/{}", "channels/" + channel, channel, true);
    }

    static Route guild(String guild) {
        return new Route("GET", "guilds/{}", "guilds/" + guild, guild, true);
    }

    static Route roles(String guild) {
        return new Route("GET", "guilds/{}/roles", "guilds/" + guild + "/roles", guild, true);
    }

    static Route member(String guild, String user) {
        return new Route("GET", "guilds/{}/members/{}", "guilds/" + guild + "/members/" + user, guild, true);
    }

    static Route createMessage(String channel) {
        return new Route("POST", "channels/{}/messages", "channels/" + channel + "/messages", channel, true);
    }

    static Route message(String channel, String message) {
        return new Route(
                "GET", "channels/{}/messages/{}", "channels/" + channel + "/messages/" + message, channel, true);
    }

    static Route deleteMessage(String channel, String message) {
        return new Route(
                "DELETE", "channels/{}/messages/{}", "channels/" + channel + "/messages/" + message, channel, true);
    }

    /** The messages after {@code after}, at most {@code limit} (1 to 100), newest first. */
    static Route messagesAfter(String channel, String after, int limit) {
        return new Route(
                "GET",
                "channels/{}/messages",
                "channels/" + channel + "/messages?after=" + after + "&limit=" + limit,
                channel,
                true);
    }

    static Route guildCommands(String application, String guild) {
        return new Route(
                "POST",
                "applications/{}/guilds/{}/commands",
                "applications/" + application + "/guilds/" + guild + "/commands",
                guild,
                true);
    }

    static Route callback(String interaction, String token) {
        return new Route(
                "POST",
                "interactions/{}/{}/callback",
                "interactions/" + interaction + "/" + URLEncoder.encode(token, StandardCharsets.UTF_8) + "/callback",
                interaction,
                false);
    }

    private static Route plain(String method, String path) {
        return new Route(method, path, path, "", true);
    }

    /** Method and template: a path may hold an interaction's token. */
    @Override
    public String toString() {
        return method + " /" + template;
    }
}
