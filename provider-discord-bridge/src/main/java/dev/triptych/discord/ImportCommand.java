package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * The message command "Import into job": a person points at a finished picture, and the relay takes it as the result of
 * a job. The job is found by the seed in the message; where that fits none or several, the person is asked. It counts
 * only in the relay's own channel, and only from the person who is asked to run the commands; where none is named, from
 * whoever may write there. Thread-safe.
 */
final class ImportCommand implements AutoCloseable {

    static final String COMMAND = "Import into job";

    private static final System.Logger LOG = System.getLogger(ImportCommand.class.getName());
    private static final String CHOICE = "triptych-import:";
    private static final int MESSAGE_COMMAND = 3;
    private static final int ONLY_FOR_YOU = 64;
    /** Discord shows at most 25 choices. */
    private static final int MOST_CHOICES = 25;

    private static final int MOST_PENDING = 100;

    /** Discord's permission SEND_MESSAGES. */
    private static final long SEND_MESSAGES = 1L << 11;

    private final DiscordRest rest;
    private final JobTracker tracker;
    private final String application;
    private final DiscordSettings settings;
    private final MonotonicTime time;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread daemon = new Thread(work, "triptych-discord-import");
        daemon.setDaemon(true);
        return daemon;
    });
    private final Map<String, Question> pending = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Question> eldest) {
            return size() > MOST_PENDING;
        }
    });

    /** Somebody was asked which job {@code message} is for. */
    private record Question(Message message, String user) {}

    ImportCommand(
            DiscordRest rest, JobTracker tracker, String application, DiscordSettings settings, MonotonicTime time) {
        this.rest = rest;
        this.tracker = tracker;
        this.application = application;
        this.settings = settings;
        this.time = time;
    }

    /** Makes the command known on the server; Discord replaces an older one of the same name. */
    void register(String guild, CallScope scope) throws RestFailure {
        if (!guild.isEmpty()) {
            ObjectNode command = Json.object().put("name", COMMAND).put("type", MESSAGE_COMMAND);
            rest.call(Route.guildCommands(application, guild), command, scope);
        }
    }

    /** A person used a command or chose from a list. */
    void onInteraction(JsonNode interaction) {
        try {
            thread.execute(() -> answer(interaction));
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the relay was closed", e);
        }
    }

    private void answer(JsonNode interaction) {
        JsonNode choice = interaction.path("data");
        try {
            if (choice.path("name").asText().equals(COMMAND)) {
                reply(interaction, 4, onCommand(interaction, choice));
            } else if (choice.path("custom_id").asText().startsWith(CHOICE)) {
                reply(interaction, 7, onChoice(interaction, choice));
            }
        } catch (RestFailure e) {
            LOG.log(System.Logger.Level.WARNING, "a person's import could not be answered: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            // The next person needs this thread.
            LOG.log(System.Logger.Level.WARNING, "a person's import failed", e);
        }
    }

    private ObjectNode onCommand(JsonNode interaction, JsonNode choice) {
        Optional<String> refusal = refusal(interaction);
        if (refusal.isPresent()) {
            return text(refusal.get());
        }
        String target = choice.path("target_id").asText();
        Message message = Message.of(choice.path("resolved").path("messages").path(target));
        if (!tracker.trusts(message.author())) {
            return text("That message is not by an author that this relay trusts.");
        }
        if (message.images().isEmpty()) {
            return text("That message has no picture.");
        }
        OptionalLong seed = ImagineCommand.lastSeed(message.content());
        List<Job> bySeed = seed.isPresent() ? tracker.withSeed(seed.getAsLong()) : List.of();
        if (bySeed.size() == 1) {
            return importInto(bySeed.get(0), message);
        }
        return ask(message, userOf(interaction));
    }

    /** Why whoever used the command may not; empty where they may. */
    private Optional<String> refusal(JsonNode interaction) {
        if (!interaction.path("channel_id").asText().equals(settings.channel())) {
            return Optional.of("This relay works in another channel.");
        }
        if (!settings.person().isEmpty()) {
            return userOf(interaction).equals(settings.person())
                    ? Optional.empty()
                    : Optional.of("Only the person who is asked to run the commands can import here.");
        }
        long permissions = interaction.path("member").path("permissions").asLong(0);
        return (permissions & SEND_MESSAGES) != 0
                ? Optional.empty()
                : Optional.of("Only who may write in this channel can import here.");
    }

    private static String userOf(JsonNode interaction) {
        JsonNode member = interaction.path("member").path("user").path("id");
        return member.asText(interaction.path("user").path("id").asText());
    }

    private ObjectNode ask(Message message, String user) {
        List<Job> jobs = tracker.openJobs();
        if (jobs.isEmpty()) {
            return text("No job is waiting for a picture.");
        }
        pending.put(message.id(), new Question(message, user));
        ObjectNode answer = text("Which job is it for?");
        ObjectNode row = answer.putArray("components").addObject().put("type", 1);
        ObjectNode select =
                row.putArray("components").addObject().put("type", 3).put("custom_id", CHOICE + message.id());
        ArrayNode options = select.putArray("options");
        for (Job job : jobs.subList(Math.max(0, jobs.size() - MOST_CHOICES), jobs.size())) {
            String seed =
                    job.plan.seed().isPresent() ? ", seed " + job.plan.seed().getAsLong() : "";
            options.addObject()
                    .put("label", job.plan.action() + " " + job.id + seed)
                    .put("value", job.id);
        }
        return answer;
    }

    private ObjectNode onChoice(JsonNode interaction, JsonNode choice) {
        String message = choice.path("custom_id").asText().substring(CHOICE.length());
        Question question = pending.get(message);
        if (question != null && !question.user().equals(userOf(interaction))) {
            return text("Somebody else was asked that.");
        }
        pending.remove(message);
        Optional<Job> job = tracker.find(choice.path("values").path(0).asText());
        if (question == null || job.isEmpty()) {
            return text("That job is no longer waiting.");
        }
        return importInto(job.get(), question.message());
    }

    private ObjectNode importInto(Job job, Message message) {
        tracker.importInto(job, message, time.millis());
        return text("Imported into job " + job.id + ".");
    }

    private static ObjectNode text(String content) {
        ObjectNode answer = Json.object().put("content", content).put("flags", ONLY_FOR_YOU);
        answer.putArray("components");
        return answer;
    }

    private void reply(JsonNode interaction, int type, ObjectNode answer) throws RestFailure {
        ObjectNode body = Json.object().put("type", type);
        body.set("data", answer);
        rest.call(
                Route.callback(
                        interaction.path("id").asText(),
                        interaction.path("token").asText()),
                body,
                CallScope.until(time.millis() + settings.restTimeout().toMillis()));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
