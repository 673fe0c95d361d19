package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * The message command "Import into job": a person points at a finished picture, and the relay takes it as the result of
 * a job. The job is found by the seed in the message; where that fits none or several, the person is asked.
 * Thread-safe.
 */
final class ImportDesk implements AutoCloseable {

    static final String COMMAND = "Import into job";

    private static final System.Logger LOG = System.getLogger(ImportDesk.class.getName());
    private static final String CHOICE = "triptych-import:";
    private static final int MESSAGE_COMMAND = 3;
    private static final int ONLY_FOR_YOU = 64;
    /** Discord shows at most 25 choices. */
    private static final int MOST_CHOICES = 25;

    private static final int MOST_PENDING = 100;

    private final DiscordRest rest;
    private final JobTable table;
    private final String application;
    private final Duration callTime;
    private final MonotonicTime time = MonotonicTime.system();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread daemon = new Thread(work, "triptych-discord-import");
        daemon.setDaemon(true);
        return daemon;
    });
    private final Map<String, Message> pending = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Message> eldest) {
            return size() > MOST_PENDING;
        }
    });

    ImportDesk(DiscordRest rest, JobTable table, String application, Duration callTime) {
        this.rest = rest;
        this.table = table;
        this.application = application;
        this.callTime = callTime;
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
                reply(interaction, 4, onCommand(choice));
            } else if (choice.path("custom_id").asText().startsWith(CHOICE)) {
                reply(interaction, 7, onChoice(choice));
            }
        } catch (RestFailure e) {
            LOG.log(System.Logger.Level.WARNING, "a person's import could not be answered: " + e.getMessage());
        }
    }

    private ObjectNode onCommand(JsonNode choice) {
        String target = choice.path("target_id").asText();
        Message message = Message.of(choice.path("resolved").path("messages").path(target));
        if (!table.trusts(message.author())) {
            return text("That message is not by an author that this relay trusts.");
        }
        if (message.images().isEmpty()) {
            return text("That message has no picture.");
        }
        List<Job> bySeed = ImagineCommand.lastSeed(message.content()).isPresent()
                ? table.withSeed(ImagineCommand.lastSeed(message.content()).getAsLong())
                : List.of();
        if (bySeed.size() == 1) {
            return importInto(bySeed.get(0), message);
        }
        return ask(message);
    }

    private ObjectNode ask(Message message) {
        List<Job> jobs = table.openJobs();
        if (jobs.isEmpty()) {
            return text("No job is waiting for a picture.");
        }
        pending.put(message.id(), message);
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

    private ObjectNode onChoice(JsonNode choice) {
        Message message = pending.remove(choice.path("custom_id").asText().substring(CHOICE.length()));
        Optional<Job> job = table.find(choice.path("values").path(0).asText());
        if (message == null || job.isEmpty()) {
            return text("That job is no longer waiting.");
        }
        return importInto(job.get(), message);
    }

    private ObjectNode importInto(Job job, Message message) {
        table.importInto(job, message);
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
                CallScope.until(time.millis() + callTime.toMillis()));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
