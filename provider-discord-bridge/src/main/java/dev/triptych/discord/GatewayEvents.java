package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the gateway tells, on its way to those who must know: messages to the tracker, interactions to the import
 * command, and whatever may have been missed to the channel's history.
 */
final class GatewayEvents implements GatewayListener {

    private static final System.Logger LOG = System.getLogger(GatewayEvents.class.getName());
    /** Flags of an application that has the MESSAGE CONTENT intent: approved, or for less than 100 servers. */
    private static final long MAY_READ_CONTENT = 1 << 18 | 1 << 19;

    private static final int UNKNOWN_CHANNEL = 10003;
    /** Channel types that end with their parent; a category's channels outlive it. */
    private static final Set<Integer> THREADS = Set.of(10, 11, 12);

    private final DiscordSettings settings;
    private final JobTracker tracker;
    private final MonotonicTime time;
    private final Follow follow;

    // Written by who starts the relay, read by the gateway's thread.
    private volatile String guild = "";
    private volatile String parent = "";

    /** What follows from events, beside the state of jobs. */
    interface Follow {
        /** A new session is ready. */
        void ready(String application);

        /** Something may have been missed: the channel's history is to be read. */
        void mayHaveMissed();

        /** A person used a command of ours. */
        void interaction(JsonNode interaction);
    }

    GatewayEvents(DiscordSettings settings, JobTracker tracker, MonotonicTime time, Follow follow) {
        this.settings = settings;
        this.tracker = tracker;
        this.time = time;
        this.follow = follow;
    }

    /** Where the channel belongs, so that the end of the whole is known as its end. */
    void place(JsonNode channel) {
        guild = channel.path("guild_id").asText("");
        parent = THREADS.contains(channel.path("type").asInt())
                ? channel.path("parent_id").asText("")
                : "";
    }

    @Override
    public void onDispatch(String type, JsonNode payload) {
        switch (type) {
            case "READY" -> onReady(payload);
            case "RESUMED" -> follow.mayHaveMissed();
            case "MESSAGE_CREATE", "MESSAGE_UPDATE" -> ifOurs(payload, this::onMessage);
            case "MESSAGE_DELETE" -> ifOurs(payload, this::onDelete);
            case "MESSAGE_DELETE_BULK" -> ifOurs(payload, this::onBulkDelete);
            case "CHANNEL_DELETE", "THREAD_DELETE" -> onChannelDelete(payload);
            case "GUILD_DELETE" -> onGuildDelete(payload);
            case "CHANNEL_UPDATE",
                    "THREAD_UPDATE",
                    "GUILD_CREATE",
                    "GUILD_ROLE_UPDATE",
                    "GUILD_ROLE_DELETE",
                    "GUILD_MEMBER_UPDATE" -> follow.mayHaveMissed();
            case "INTERACTION_CREATE" -> follow.interaction(payload);
            default -> LOG.log(System.Logger.Level.TRACE, type);
        }
    }

    @Override
    public void onStopped(CloseCode code, String reason) {
        LOG.log(System.Logger.Level.ERROR, "the gateway will not come back: " + reason);
        tracker.stop(code, reason);
    }

    private void onReady(JsonNode payload) {
        tracker.self(payload.path("user").path("id").asText());
        long flags = payload.path("application").path("flags").asLong(0);
        if (settings.watchChannel() && (flags & MAY_READ_CONTENT) == 0) {
            tracker.stop(CloseCode.DISALLOWED_INTENTS, CloseCode.DISALLOWED_INTENTS.meaning());
        }
        follow.ready(payload.path("application").path("id").asText());
        follow.mayHaveMissed();
    }

    private void ifOurs(JsonNode payload, Consumer<JsonNode> handler) {
        if (payload.path("channel_id").asText().equals(settings.channel())) {
            handler.accept(payload);
        }
    }

    /** An update without an author says too little; the channel's history tells the rest. */
    private void onMessage(JsonNode payload) {
        if (payload.path("author").path("id").asText().isEmpty()) {
            follow.mayHaveMissed();
            return;
        }
        tracker.offer(Message.of(payload), time.millis());
    }

    private void onDelete(JsonNode payload) {
        tracker.deleted(payload.path("id").asText(), time.millis());
    }

    private void onBulkDelete(JsonNode payload) {
        payload.path("ids").forEach(id -> tracker.deleted(id.asText(), time.millis()));
    }

    private void onChannelDelete(JsonNode payload) {
        String id = payload.path("id").asText();
        if (id.equals(settings.channel()) || id.equals(parent)) {
            lost("the channel was deleted");
        }
    }

    /** A server that is unavailable comes back; one that is not has put the bot out, or is no more. */
    private void onGuildDelete(JsonNode payload) {
        boolean ours = payload.path("id").asText().equals(guild);
        if (ours && !payload.path("unavailable").asBoolean(false)) {
            lost("the bot is no longer on the server");
        }
    }

    private void lost(String reason) {
        tracker.lostChannel(new RestFailure(RestFailure.Kind.NOT_FOUND, reason, -1, UNKNOWN_CHANNEL));
    }
}
