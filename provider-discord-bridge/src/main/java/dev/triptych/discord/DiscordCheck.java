package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import okhttp3.OkHttpClient;

/**
 * Looks whether a relay could work with its settings, and explains each thing that is missing in one line. It only
 * reads.
 *
 * <pre>{@code
 * for (DiscordCheck.Finding finding : DiscordCheck.run(settings)) {
 *     System.out.println(finding);
 * }
 * }</pre>
 */
public final class DiscordCheck {

    private static final long ADMINISTRATOR = 1L << 3;
    private static final Map<String, Long> NEEDED = needed();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final DiscordSettings settings;
    private final DiscordRest rest;
    private final MonotonicTime time = MonotonicTime.system();
    private final List<Finding> findings = new ArrayList<>();

    private DiscordCheck(DiscordSettings settings, OkHttpClient http) {
        this.settings = settings;
        this.rest = new DiscordRest(http, settings.restBase(), settings.token(), time, PATIENCE.toMillis());
    }

    /** Discord's permission bits, and what the relay needs each for. */
    private static Map<String, Long> needed() {
        Map<String, Long> needed = new LinkedHashMap<>();
        needed.put("VIEW_CHANNEL, to see the channel", 1L << 10);
        needed.put("SEND_MESSAGES, to ask for pictures", 1L << 11);
        needed.put("READ_MESSAGE_HISTORY, to find what it missed and to answer messages", 1L << 16);
        needed.put("ATTACH_FILES, to send input pictures", 1L << 15);
        return needed;
    }

    /**
     * One thing that was looked at.
     *
     * @param ok whether it is as it must be
     * @param text one line for a person; where it is not ok, what to do about it
     */
    public record Finding(boolean ok, String text) {
        @Override
        public String toString() {
            return (ok ? "ok       " : "missing  ") + text;
        }
    }

    /** Looks at token, channel, permissions, intents, gateway and image bot, in this order. */
    public static List<Finding> run(DiscordSettings settings) {
        OkHttpClient http = new OkHttpClient.Builder()
                .retryOnConnectionFailure(false)
                .callTimeout(PATIENCE)
                .build();
        try {
            DiscordCheck check = new DiscordCheck(settings, http);
            check.look();
            return List.copyOf(check.findings);
        } finally {
            http.dispatcher().executorService().shutdown();
            http.connectionPool().evictAll();
        }
    }

    private void look() {
        try {
            JsonNode me = get(Route.me());
            found(
                    true,
                    "the token works, for bot " + me.path("username").asText() + " ("
                            + me.path("id").asText() + ")");
            lookAtChannel(me.path("id").asText());
            lookAtIntent();
            lookAtGateway();
        } catch (RestFailure e) {
            found(false, explain(e));
        }
    }

    private static String explain(RestFailure failure) {
        return switch (failure.kind()) {
            case UNAUTHORIZED ->
                "token must be a valid bot token but Discord refused it: copy it anew from the developer" + " portal";
            case UNREACHABLE, UNAVAILABLE -> failure.getMessage() + ": look at rest-base and the network";
            default -> String.valueOf(failure.getMessage());
        };
    }

    private void lookAtChannel(String me) throws RestFailure {
        JsonNode channel;
        try {
            channel = get(Route.channel(settings.channel()));
        } catch (RestFailure e) {
            if (e.kind() != RestFailure.Kind.NOT_FOUND && e.kind() != RestFailure.Kind.FORBIDDEN) {
                throw e;
            }
            found(
                    false,
                    "channel " + settings.channel() + " cannot be seen: invite the bot to its server, and give it"
                            + " VIEW_CHANNEL there");
            return;
        }
        found(
                true,
                "channel " + settings.channel() + " is #" + channel.path("name").asText());
        RelayConnection.unfit(channel).ifPresent(reason -> found(false, reason));
        String guild = channel.path("guild_id").asText();
        if (!guild.isEmpty()) {
            lookAtPermissions(permissions(guild, me, channel));
            lookAtTrusted(guild);
        }
    }

    private void lookAtPermissions(long held) {
        boolean all = (held & ADMINISTRATOR) != 0;
        NEEDED.forEach((what, bit) -> found(
                all || (held & bit) != 0,
                "permission " + what
                        + (all || (held & bit) != 0 ? "" : ": grant it to the bot's role in the channel")));
    }

    /** Base permissions of the roles, then the channel's overwrites: everyone's, the roles', the member's own. */
    private long permissions(String guild, String me, JsonNode channel) throws RestFailure {
        JsonNode member = get(Route.member(guild, me));
        List<String> roles = new ArrayList<>(List.of(guild));
        member.path("roles").forEach(role -> roles.add(role.asText()));
        long held = 0;
        for (JsonNode role : get(Route.roles(guild))) {
            if (roles.contains(role.path("id").asText())) {
                held |= role.path("permissions").asLong();
            }
        }
        JsonNode overwrites = channel.path("permission_overwrites");
        held = overwritten(held, overwrites, List.of(guild));
        held = overwritten(held, overwrites, roles.subList(1, roles.size()));
        return overwritten(held, overwrites, List.of(me));
    }

    private static long overwritten(long held, JsonNode overwrites, List<String> ids) {
        long denied = 0;
        long allowed = 0;
        for (JsonNode overwrite : overwrites) {
            if (ids.contains(overwrite.path("id").asText())) {
                denied |= overwrite.path("deny").asLong();
                allowed |= overwrite.path("allow").asLong();
            }
        }
        return (held & ~denied) | allowed;
    }

    private void lookAtTrusted(String guild) throws RestFailure {
        for (String author : settings.trustedAuthors()) {
            try {
                JsonNode member = get(Route.member(guild, author));
                found(
                        true,
                        "trusted author " + author + " is "
                                + member.path("user").path("username").asText());
            } catch (RestFailure e) {
                if (e.kind() != RestFailure.Kind.NOT_FOUND) {
                    throw e;
                }
                found(false, "trusted author " + author + " is not on the server: invite that bot, or correct the id");
            }
        }
    }

    private void lookAtIntent() throws RestFailure {
        long flags = get(Route.application()).path("flags").asLong();
        boolean on = (flags & (1L << 18 | 1L << 19)) != 0;
        if (on) {
            found(true, "the MESSAGE CONTENT intent is on");
        } else if (settings.watchChannel()) {
            found(false, CloseCode.DISALLOWED_INTENTS.meaning() + ": needed by watch-channel");
        } else {
            found(true, "the MESSAGE CONTENT intent is off, and not needed: answers mention the relay");
        }
    }

    private void lookAtGateway() throws RestFailure {
        JsonNode limit = get(Route.gatewayBot()).path("session_start_limit");
        int remaining = limit.path("remaining").asInt();
        found(
                remaining > 0,
                remaining > 0
                        ? "the gateway allows " + remaining + " more sessions today"
                        : "the gateway allows no more sessions today: wait "
                                + Duration.ofMillis(limit.path("reset_after").asLong())
                                        .toMinutes() + " minutes");
    }

    private JsonNode get(Route route) throws RestFailure {
        return rest.call(route, CallScope.until(time.millis() + PATIENCE.toMillis()));
    }

    private void found(boolean ok, String text) {
        findings.add(new Finding(ok, text));
    }
}
