package dev.triptych.discord.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.media.ImageHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mockwebserver3.MockWebServer;

/**
 * One Discord server on loopback: users, channels and messages; REST and gateway come from {@link SimulatedRest} and
 * {@link SimulatedGateway}, on one port. Thread-safe.
 *
 * <pre>{@code
 * try (SimulatedDiscord discord = SimulatedDiscord.start()) {
 *     SimulatedUser relay = discord.addBot("relay", true);
 *     String channel = discord.addChannel("art");
 *     …
 * }
 * }</pre>
 */
public final class SimulatedDiscord implements AutoCloseable {

    static final long EPOCH = 1_420_070_400_000L;
    /** Every permission there is. */
    public static final long ALL_PERMISSIONS = (1L << 53) - 1;

    private static final Pattern MENTION = Pattern.compile("<@!?(\\d+)>");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'+00:00'").withZone(ZoneOffset.UTC);

    private final MockWebServer server = new MockWebServer();
    private final Clock clock;
    private final Faults faults = new Faults();
    private final SimulatedGateway gateway = new SimulatedGateway(this);
    private final Map<String, SimulatedUser> users = new LinkedHashMap<>();
    private final Map<String, ObjectNode> channels = new LinkedHashMap<>();
    private final Map<String, TreeMap<Long, ObjectNode>> messages = new HashMap<>();
    private final Map<String, SimulatedFile> files = new HashMap<>();
    private final Map<String, Nonce> nonces = new HashMap<>();
    private final Set<String> expelled = new HashSet<>();
    private final List<BiConsumer<String, JsonNode>> observers = new CopyOnWriteArrayList<>();
    private final Map<String, ObjectNode> answers = new java.util.concurrent.ConcurrentHashMap<>();
    private final SimulatedRest rest = new SimulatedRest(this);
    private final String guild;
    private long lastId;
    private long permissions = ALL_PERMISSIONS;
    private long uploadLimit = 10L << 20;
    private boolean bareReferences;
    private long linkMillis = 24L * 3600 * 1000;
    /** Discord remembers a nonce "for a few minutes". */
    private long nonceMillis = 5L * 60 * 1000;

    /** Which message a nonce made, and when. */
    private record Nonce(String message, long at) {}

    private SimulatedDiscord(Clock clock) {
        this.clock = clock;
        this.guild = nextId();
    }

    /** Starts a server on a free port of 127.0.0.1. */
    public static SimulatedDiscord start() {
        return start(0);
    }

    /** Starts a server on {@code port} of 127.0.0.1; 0 = any free one. */
    public static SimulatedDiscord start(int port) {
        SimulatedDiscord discord = new SimulatedDiscord(Clock.systemUTC());
        discord.server.setDispatcher(discord.rest);
        discord.server.setServerSocketFactory(new PromptSockets());
        try {
            discord.server.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return discord;
    }

    // Addresses.

    /** What goes into {@code rest-base}. */
    public String restBase() {
        return "http://127.0.0.1:" + server.getPort() + "/api/v10/";
    }

    /** What goes into {@code gateway-url}. */
    public String gatewayUrl() {
        return "ws://127.0.0.1:" + server.getPort() + "/gateway/";
    }

    /** What goes into {@code cdn-hosts}. */
    public String cdnHost() {
        return "127.0.0.1:" + server.getPort();
    }

    /** What goes wrong. */
    public Faults faults() {
        return faults;
    }

    /** Forgets every message and file, for a test that looks at memory. */
    public synchronized void forgetMessages() {
        messages.values().forEach(TreeMap::clear);
        files.clear();
        nonces.clear();
        gateway.forgetSent();
    }

    /** How many REST calls have come in. */
    public int requests() {
        return rest.requests();
    }

    SimulatedGateway gateway() {
        return gateway;
    }

    /** The gateway's sessions, for a test that breaks them. */
    public SimulatedGateway sessions() {
        return gateway;
    }

    MockWebServer server() {
        return server;
    }

    // People and places.

    /** A bot; its token is {@code NAME-token}. */
    public synchronized SimulatedUser addBot(String name, boolean mayReadContent) {
        SimulatedUser bot = new SimulatedUser(nextId(), name, name + "-token", mayReadContent);
        users.put(bot.id(), bot);
        return bot;
    }

    /** A person. */
    public synchronized SimulatedUser addPerson(String name) {
        SimulatedUser person = new SimulatedUser(nextId(), name, "", false);
        users.put(person.id(), person);
        return person;
    }

    /** The token of {@code user} no longer works, and its connections close with 4004. */
    public synchronized void revoke(SimulatedUser user) {
        users.put(user.id(), new SimulatedUser(user.id(), user.name(), "revoked-" + user.id(), user.mayReadContent()));
        gateway.closeAll(user.id(), 4004);
    }

    /** A text channel; returns its id. */
    public synchronized String addChannel(String name) {
        String id = nextId();
        ObjectNode channel = Nodes.object()
                .put("id", id)
                .put("type", 0)
                .put("flags", 0)
                .put("guild_id", guild)
                .put("name", name)
                .put("position", channels.size())
                .put("nsfw", false)
                .putNull("parent_id")
                .putNull("topic")
                .put("rate_limit_per_user", 0);
        channel.putNull("last_message_id");
        channel.putArray("permission_overwrites");
        channels.put(id, channel);
        messages.put(id, new TreeMap<>());
        return id;
    }

    private ObjectNode existing(String channel) {
        ObjectNode found = channels.get(channel);
        if (found == null) {
            throw new IllegalArgumentException("channel must exist but does not: " + channel);
        }
        return found;
    }

    /** Marks a channel as one for adults. */
    public synchronized void ageRestrict(String channel, boolean value) {
        existing(channel).put("nsfw", value);
    }

    /** Makes a channel one of another type: 15 = a forum, 11 = a thread. */
    public synchronized void channelType(String channel, int type) {
        existing(channel).put("type", type);
    }

    /** Archives the thread {@code channel}. */
    public synchronized void archive(String channel) {
        existing(channel)
                .put("type", 11)
                .putObject("thread_metadata")
                .put("archived", true)
                .put("locked", false);
    }

    /** Takes a channel away, with everything in it. */
    public synchronized void removeChannel(String channel) {
        ObjectNode removed = channels.remove(channel);
        messages.remove(channel);
        if (removed != null) {
            gateway.dispatch("CHANNEL_DELETE", removed);
        }
    }

    /** What everybody may do. */
    public synchronized void permissions(long value) {
        permissions = value;
        ObjectNode event = Nodes.object().put("guild_id", guild);
        event.set("role", everyone());
        gateway.dispatch("GUILD_ROLE_UPDATE", event);
    }

    /** Puts {@code bot} out of the server. */
    public synchronized void expel(SimulatedUser bot) {
        expelled.add(bot.id());
        gateway.send(bot.id(), "GUILD_DELETE", Nodes.object().put("id", guild));
    }

    synchronized boolean isExpelled(String user) {
        return expelled.contains(user);
    }

    /** The server cannot be reached for a while; it is still there. */
    public synchronized void outage() {
        gateway.dispatch("GUILD_DELETE", Nodes.object().put("id", guild).put("unavailable", true));
    }

    synchronized long permissions() {
        return permissions;
    }

    /** The most bytes of one attachment. */
    public synchronized void uploadLimit(long bytes) {
        uploadLimit = bytes;
    }

    synchronized long uploadLimit() {
        return uploadLimit;
    }

    /** Messages tell of the message that they answer, but not of its files and buttons. */
    public synchronized void bareReferences(boolean value) {
        bareReferences = value;
    }

    /** How long a nonce keeps Discord from making a message twice. */
    public synchronized void nonceLife(long millis) {
        nonceMillis = millis;
    }

    /** How long a link to an attachment works. */
    public synchronized void linkLife(long millis) {
        linkMillis = millis;
    }

    /** The server's id. */
    public String guild() {
        return guild;
    }

    synchronized Optional<SimulatedUser> byToken(String token) {
        return users.values().stream()
                .filter(user -> user.isBot() && user.token().equals(token))
                .findFirst();
    }

    synchronized Optional<SimulatedUser> user(String id) {
        return Optional.ofNullable(users.get(id));
    }

    synchronized Optional<ObjectNode> channel(String id) {
        return Optional.ofNullable(channels.get(id)).map(ObjectNode::deepCopy);
    }

    synchronized List<ObjectNode> channels() {
        return channels.values().stream().map(ObjectNode::deepCopy).toList();
    }

    synchronized List<SimulatedUser> users() {
        return List.copyOf(users.values());
    }

    // Messages.

    /** Hears every event, as {@code (type, body)}, whatever becomes of it on the way to the bots. */
    public void observe(BiConsumer<String, JsonNode> observer) {
        observers.add(observer);
    }

    /**
     * {@code author} posts a message: {@code body} as for the REST call. A nonce that is to be enforced and was used
     * gives the message that it made.
     */
    public ObjectNode post(String channel, SimulatedUser author, ObjectNode body, List<SimulatedFile> attachments) {
        ObjectNode message;
        synchronized (this) {
            String nonce = body.path("nonce").asText("");
            Optional<ObjectNode> earlier = madeBy(author.id() + ":" + nonce, channel);
            if (body.path("enforce_nonce").asBoolean(false) && earlier.isPresent()) {
                return earlier.get();
            }
            message = newMessage(channel, author, body, attachments);
            long id = message.path("id").asLong();
            messages.computeIfAbsent(channel, unused -> new TreeMap<>()).put(id, message);
            existing(channel).put("last_message_id", message.path("id").asText());
            if (!nonce.isEmpty()) {
                nonces.put(
                        author.id() + ":" + nonce, new Nonce(message.path("id").asText(), clock.millis()));
            }
            message = message.deepCopy();
            if (!nonce.isEmpty()) {
                message.put("nonce", nonce);
            }
            announce("MESSAGE_CREATE", message);
        }
        tell("MESSAGE_CREATE", message);
        return message;
    }

    private Optional<ObjectNode> madeBy(String nonce, String channel) {
        nonces.values().removeIf(each -> clock.millis() - each.at() > nonceMillis);
        return Optional.ofNullable(nonces.get(nonce)).flatMap(each -> message(channel, each.message()));
    }

    private ObjectNode newMessage(
            String channel, SimulatedUser author, ObjectNode body, List<SimulatedFile> attachments) {
        ObjectNode message = Nodes.object()
                .put("id", nextId())
                .put("type", body.has("message_reference") ? 19 : 0)
                .put("channel_id", channel)
                .put("content", body.path("content").asText(""))
                .put("timestamp", TIME.format(clock.instant()))
                .putNull("edited_timestamp")
                .put("flags", body.path("flags").asInt(0))
                .put("pinned", false)
                .put("mention_everyone", false)
                .put("tts", false);
        message.set("author", author.json());
        message.putArray("mention_roles");
        message.set("mentions", mentions(body));
        message.set("embeds", embeds(body));
        message.set("components", numbered(body.path("components")));
        message.set("attachments", store(channel, attachments));
        if (author.isBot()) {
            message.put("application_id", author.id());
        }
        if (body.has("message_reference")) {
            refer(
                    message,
                    channel,
                    body.path("message_reference").path("message_id").asText());
        }
        return message;
    }

    private void refer(ObjectNode message, String channel, String target) {
        message.putObject("message_reference")
                .put("type", 0)
                .put("channel_id", channel)
                .put("message_id", target)
                .put("guild_id", guild);
        Optional<ObjectNode> referenced = message(channel, target);
        if (referenced.isPresent()) {
            ObjectNode copy = referenced.get().without("referenced_message");
            if (bareReferences) {
                copy.putArray("attachments");
                copy.putArray("components");
            }
            message.set("referenced_message", copy);
        }
    }

    private ArrayNode mentions(ObjectNode body) {
        ArrayNode mentions = Nodes.array();
        List<String> allowed = new ArrayList<>();
        JsonNode rule = body.path("allowed_mentions");
        rule.path("users").forEach(id -> allowed.add(id.asText()));
        boolean all = rule.isMissingNode() || rule.path("parse").toString().contains("users");
        Matcher matcher = MENTION.matcher(body.path("content").asText(""));
        List<String> seen = new ArrayList<>();
        while (matcher.find()) {
            String id = matcher.group(1);
            if ((all || allowed.contains(id)) && users.containsKey(id) && !seen.contains(id)) {
                seen.add(id);
                mentions.add(users.get(id)
                        .json()
                        .<ObjectNode>set("member", users.get(id).member()));
            }
        }
        return mentions;
    }

    private static ArrayNode embeds(ObjectNode body) {
        ArrayNode embeds = Nodes.array();
        for (JsonNode embed : body.path("embeds")) {
            embeds.add(((ObjectNode) embed.deepCopy()).put("type", "rich"));
        }
        return embeds;
    }

    private static ArrayNode numbered(JsonNode components) {
        ArrayNode copy = components.isArray() ? components.deepCopy() : Nodes.array();
        int[] next = {1};
        number(copy, next);
        return copy;
    }

    private static void number(JsonNode components, int[] next) {
        for (JsonNode component : components) {
            ((ObjectNode) component).put("id", next[0]++);
            number(component.path("components"), next);
        }
    }

    private ArrayNode store(String channel, List<SimulatedFile> attachments) {
        ArrayNode array = Nodes.array();
        for (SimulatedFile file : attachments) {
            String id = nextId();
            String path = "/attachments/" + channel + "/" + id + "/" + file.filename();
            files.put(path, file);
            ObjectNode attachment = array.addObject()
                    .put("id", id)
                    .put("filename", file.filename())
                    .put("size", file.bytes().length)
                    .put("content_type", file.mediaType())
                    .put("url", path)
                    .put("proxy_url", path);
            measure(file, attachment);
        }
        return array;
    }

    /** Discord tells the size of what it can show as a picture. */
    private static void measure(SimulatedFile file, ObjectNode attachment) {
        try {
            ImageHeader header = ImageHeader.read(file.bytes());
            attachment.put("width", header.width()).put("height", header.height());
        } catch (IllegalArgumentException e) {
            attachment.put("description", "no picture");
        }
    }

    /** The author changes a message: {@code body} as for the REST call; {@code attachments} replace those before. */
    public Optional<ObjectNode> edit(String channel, String id, ObjectNode body, List<SimulatedFile> attachments) {
        ObjectNode copy;
        synchronized (this) {
            ObjectNode message = find(channel, id).orElse(null);
            if (message == null) {
                return Optional.empty();
            }
            if (body.has("content")) {
                message.put("content", body.path("content").asText(""));
                message.set("mentions", mentions(body));
            }
            if (body.has("components")) {
                message.set("components", numbered(body.path("components")));
            }
            if (body.has("embeds")) {
                message.set("embeds", embeds(body));
            }
            if (!attachments.isEmpty()) {
                message.set("attachments", store(channel, attachments));
            }
            message.put(
                    "edited_timestamp",
                    TIME.format(laterThan(message.path("edited_timestamp").asText(""))));
            copy = message.deepCopy();
            announce("MESSAGE_UPDATE", copy);
        }
        tell("MESSAGE_UPDATE", copy);
        return Optional.of(copy);
    }

    /** Two edits within a millisecond still have an order. */
    private Instant laterThan(String earlier) {
        Instant now = clock.instant();
        if (earlier.isEmpty() || earlier.equals("null")) {
            return now;
        }
        Instant before = Instant.parse(earlier.replace("+00:00", "Z"));
        return now.isAfter(before) ? now : before.plusNanos(1000);
    }

    /** A message is taken away. */
    public boolean delete(String channel, String id) {
        ObjectNode event =
                Nodes.object().put("id", id).put("channel_id", channel).put("guild_id", guild);
        synchronized (this) {
            TreeMap<Long, ObjectNode> all = messages.get(channel);
            if (all == null || all.remove(Long.parseLong(id)) == null) {
                return false;
            }
            announce("MESSAGE_DELETE", event);
        }
        tell("MESSAGE_DELETE", event);
        return true;
    }

    synchronized Optional<ObjectNode> find(String channel, String id) {
        TreeMap<Long, ObjectNode> all = messages.get(channel);
        return all == null || !id.matches("\\d{1,19}")
                ? Optional.empty()
                : Optional.ofNullable(all.get(Long.parseLong(id)));
    }

    /** A copy of the message {@code id}, its links fresh. */
    public synchronized Optional<ObjectNode> message(String channel, String id) {
        return find(channel, id).map(message -> signed(message.deepCopy()));
    }

    /** Messages of {@code channel} after or before an id, newest first. */
    public synchronized List<ObjectNode> messages(String channel, String after, String before, int limit) {
        TreeMap<Long, ObjectNode> all = messages.getOrDefault(channel, new TreeMap<>());
        long from = after.isEmpty() ? Long.MIN_VALUE : Long.parseLong(after);
        long to = before.isEmpty() ? Long.MAX_VALUE : Long.parseLong(before);
        List<ObjectNode> within = new ArrayList<>();
        boolean oldestFirst = !after.isEmpty();
        Map<Long, ObjectNode> ordered = oldestFirst ? all : all.descendingMap();
        for (Map.Entry<Long, ObjectNode> entry : ordered.entrySet()) {
            if (entry.getKey() > from && entry.getKey() < to && within.size() < limit) {
                within.add(signed(entry.getValue().deepCopy()));
            }
        }
        within.sort(
                Comparator.comparing((ObjectNode message) -> message.path("id").asLong())
                        .reversed());
        return within;
    }

    /** The links of a message work for a while from now on: {@code ex} and {@code is} in hexadecimal seconds. */
    synchronized ObjectNode signed(ObjectNode message) {
        long now = clock.millis();
        for (JsonNode attachment : message.path("attachments")) {
            String path = attachment
                    .path("url")
                    .asText()
                    .replaceFirst("^http://[^/]+", "")
                    .replaceFirst("\\?.*", "");
            String link = "http://" + cdnHost() + path + "?ex=" + Long.toHexString(now + linkMillis) + "&is="
                    + Long.toHexString(now) + "&hm=" + Integer.toHexString((path + now).hashCode()) + "&";
            ((ObjectNode) attachment).put("url", link).put("proxy_url", link);
        }
        return message;
    }

    synchronized Optional<SimulatedFile> file(String path) {
        return Optional.ofNullable(files.get(path));
    }

    long nowMillis() {
        return clock.millis();
    }

    /**
     * {@code person} uses a command of {@code application}, presses a button or chooses from a list; returns the
     * interaction's id.
     *
     * @param type 2 = command, 3 = button or list
     * @param choice what was used, as Discord's {@code data}
     * @param message the message that the button belongs to, if any
     */
    public String interact(
            SimulatedUser application,
            SimulatedUser person,
            String channel,
            int type,
            ObjectNode choice,
            Optional<ObjectNode> message) {
        String id = nextId();
        ObjectNode event = Nodes.object()
                .put("id", id)
                .put("application_id", application.id())
                .put("type", type)
                .put("token", rest.openInteraction(application, channel))
                .put("version", 1)
                .put("guild_id", guild)
                .put("channel_id", channel)
                .put("locale", "en-US")
                .put("guild_locale", "en-US")
                .put("app_permissions", Long.toString(permissions()))
                .put("context", 0)
                .put("attachment_size_limit", uploadLimit());
        event.putArray("entitlements");
        event.putObject("authorizing_integration_owners").put("0", guild);
        event.putObject("guild").put("id", guild).put("locale", "en-US").putArray("features");
        event.set("channel", channel(channel).orElseThrow());
        ObjectNode member = person.member().put("permissions", Long.toString(permissions()));
        member.set("user", person.json());
        event.set("member", member);
        event.set("data", choice);
        message.ifPresent(pressed -> event.set("message", pressed));
        synchronized (this) {
            gateway.send(application.id(), "INTERACTION_CREATE", event);
        }
        return id;
    }

    void answered(String interaction, ObjectNode answer) {
        answers.put(interaction, answer.deepCopy());
    }

    /** How the bot first answered an interaction, as it sent it. */
    public Optional<ObjectNode> answer(String interaction) {
        return Optional.ofNullable(answers.get(interaction));
    }

    private void announce(String type, ObjectNode body) {
        ObjectNode event = signed(body.deepCopy());
        event.put("guild_id", guild);
        if (event.has("author")) {
            user(event.path("author").path("id").asText()).ifPresent(author -> event.set("member", author.member()));
        }
        gateway.dispatch(type, event);
    }

    private void tell(String type, ObjectNode body) {
        for (BiConsumer<String, JsonNode> observer : observers) {
            observer.accept(type, body);
        }
    }

    /** A new id: it holds the time, and is larger than those before. */
    public synchronized String nextId() {
        long fresh = (clock.millis() - EPOCH) << 22;
        lastId = Math.max(lastId + 1, fresh);
        return Long.toString(lastId);
    }

    /** What GUILD_CREATE and GET /guilds say about the server. */
    synchronized ObjectNode guildJson() {
        ObjectNode json = Nodes.object()
                .put("id", guild)
                .put("name", "Simulated server")
                .putNull("icon")
                .putNull("description")
                .putNull("home_header")
                .putNull("splash")
                .putNull("discovery_splash")
                .putNull("banner")
                .put("owner_id", users.keySet().stream().findFirst().orElse(guild))
                .putNull("application_id")
                .put("region", "simulated")
                .putNull("afk_channel_id")
                .put("afk_timeout", 300)
                .putNull("system_channel_id")
                .put("system_channel_flags", 0)
                .put("widget_enabled", false)
                .putNull("widget_channel_id")
                .put("verification_level", 0)
                .put("default_message_notifications", 0)
                .put("mfa_level", 0)
                .put("explicit_content_filter", 0)
                .put("max_presences", 25000)
                .put("max_members", 250000)
                .put("max_stage_video_channel_users", 50)
                .put("max_video_channel_users", 25)
                .putNull("vanity_url_code")
                .put("premium_tier", 0)
                .put("premium_subscription_count", 0)
                .put("preferred_locale", "en-US")
                .putNull("rules_channel_id")
                .putNull("safety_alerts_channel_id")
                .putNull("public_updates_channel_id")
                .put("premium_progress_bar_enabled", false)
                .put("nsfw", false)
                .put("nsfw_level", 0);
        json.putNull("incidents_data");
        json.putArray("features");
        json.putArray("emojis");
        json.putArray("stickers");
        json.putArray("roles").add(everyone());
        return json;
    }

    ObjectNode everyone() {
        ObjectNode role = Nodes.object()
                .put("id", guild)
                .put("name", "@everyone")
                .put("permissions", Long.toString(permissions))
                .put("position", 0)
                .put("color", 0)
                .put("hoist", false)
                .put("managed", false)
                .put("mentionable", false)
                .putNull("icon")
                .putNull("unicode_emoji")
                .put("flags", 0);
        role.putObject("colors")
                .put("primary_color", 0)
                .putNull("secondary_color")
                .putNull("tertiary_color");
        return role;
    }

    @Override
    public void close() {
        gateway.close();
        server.close();
    }
}
