package dev.triptych.discord.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image bot that sits inside the simulated server and follows a script: it answers the relay's messages in the form
 * that Midjourney's bot has. Thread-safe.
 */
public final class SimulatedImageBot implements AutoCloseable {

    private static final Pattern IMAGINE =
            Pattern.compile("(?s)<@\\d+> imagine job=([a-z0-9]+) images=(\\d) prompt: (.*)");
    private static final Pattern PRESS = Pattern.compile("(?s)<@\\d+> press job=([a-z0-9]+) button: (.*)");

    private final SimulatedDiscord discord;
    private final SimulatedUser bot;
    private final ScheduledExecutorService clock;
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();
    /** Request message → the job that it asks for, of every job that has not ended. */
    private final Map<String, Job> open = new ConcurrentHashMap<>();
    /** Requests that were heard of. */
    private final Set<String> heard = ConcurrentHashMap.newKeySet();

    private final List<Job> held = new ArrayList<>();
    private volatile boolean down;
    private boolean holding;
    private volatile Script script = Script.usual();

    /**
     * How the bot goes about a job.
     *
     * @param stepMillis between two messages
     * @param progress the percentages it shows
     * @param queued whether it says first that the job waits
     * @param deletes whether it deletes the progress message before the result
     * @param ending how the job ends
     * @param gridWidth pixels of a grid
     * @param gridHeight pixels of a grid
     * @param namesJob whether it names the job in its messages
     * @param refers whether its messages answer the request
     */
    public record Script(
            long stepMillis,
            List<Integer> progress,
            boolean queued,
            boolean deletes,
            Ending ending,
            int gridWidth,
            int gridHeight,
            boolean namesJob,
            boolean refers) {

        /** A job that goes well, quickly. */
        public static Script usual() {
            return new Script(2, List.of(0, 31, 93), true, true, Ending.RESULT, 16, 16, true, true);
        }

        /** This script with another ending. */
        public Script ending(Ending value) {
            return new Script(stepMillis, progress, queued, deletes, value, gridWidth, gridHeight, namesJob, refers);
        }

        /** This script with other percentages. */
        public Script progress(Integer... values) {
            return new Script(
                    stepMillis, List.of(values), queued, deletes, ending, gridWidth, gridHeight, namesJob, refers);
        }

        /** This script with a grid of another size. */
        public Script grid(int width, int height) {
            return new Script(stepMillis, progress, queued, deletes, ending, width, height, namesJob, refers);
        }

        /** This script with other keys in its messages. */
        public Script keys(boolean byName, boolean byReference) {
            return new Script(
                    stepMillis, progress, queued, deletes, ending, gridWidth, gridHeight, byName, byReference);
        }

        /** This script, slower or faster. */
        public Script step(long millis) {
            return new Script(millis, progress, queued, deletes, ending, gridWidth, gridHeight, namesJob, refers);
        }
    }

    /** How a job ends. */
    public enum Ending {
        /** A picture. */
        RESULT,
        /** "(Stopped)". */
        STOPPED,
        /** A red note. */
        BANNED,
        /** A note that the queue is full. */
        QUEUE_FULL,
        /** The progress message is deleted and nothing follows. */
        DELETED,
        /** Nothing more is heard. */
        SILENCE
    }

    /** Puts {@code bot} to work. */
    public SimulatedImageBot(SimulatedDiscord discord, SimulatedUser bot) {
        this.discord = discord;
        this.bot = bot;
        ScheduledThreadPoolExecutor threads = new ScheduledThreadPoolExecutor(2, work -> {
            Thread thread = new Thread(work, "simulated-image-bot");
            thread.setDaemon(true);
            return thread;
        });
        threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.clock = threads;
        discord.observe(this::hear);
    }

    /** How the next jobs go. */
    public void script(Script value) {
        script = value;
    }

    /**
     * The bot stops in the middle of its jobs, and starts again {@code downMillis} later. As a real bot does, it then
     * reads {@code channel} and begins anew what has no result yet.
     */
    public void restart(String channel, long downMillis) {
        down = true;
        Map<String, Job> cutOff = Map.copyOf(open);
        open.clear();
        cutOff.values().forEach(job -> job.dead = true);
        if (clock.isShutdown()) {
            return;
        }
        ScheduledFuture<?> unused = clock.schedule(
                () -> {
                    down = false;
                    cutOff.values().forEach(job -> resume(channel, job));
                    discord.messages(channel, "0", "", Integer.MAX_VALUE).forEach(message -> {
                        if (!heard.contains(message.path("id").asText())) {
                            hear("MESSAGE_CREATE", message);
                        }
                    });
                },
                downMillis,
                TimeUnit.MILLISECONDS);
    }

    private void resume(String channel, Job cutOff) {
        String request = cutOff.request.path("id").asText();
        if (discord.message(channel, request).isPresent()) {
            Job job = new Job(cutOff.request, cutOff.id, cutOff.prompt, cutOff.label, cutOff.single);
            job.progressMessage = cutOff.progressMessage;
            job.begin();
        }
    }

    /** Holds every job before its next message, until {@link #release()}. */
    public synchronized void hold() {
        holding = true;
    }

    /** Waits until so many jobs are held. */
    public synchronized void awaitHeld(int count) throws InterruptedException {
        while (held.size() < count) {
            wait();
        }
    }

    /** Lets the held jobs go on, and later ones through. */
    public synchronized void release() {
        holding = false;
        held.forEach(Job::next);
        held.clear();
    }

    private synchronized boolean holds(Job job) {
        if (holding) {
            held.add(job);
            notifyAll();
        }
        return holding;
    }

    /** Job id → how many messages asked for it. */
    public Map<String, Integer> asked() {
        return Map.copyOf(asked);
    }

    /** Waits until so many jobs were asked for. */
    public synchronized void awaitAsked(int count) throws InterruptedException {
        while (asked.size() < count) {
            wait();
        }
    }

    private synchronized void ask(String job) {
        asked.merge(job, 1, Integer::sum);
        notifyAll();
    }

    /** The messages that were taken back. */
    public Set<String> cancelled() {
        return Set.copyOf(cancelled);
    }

    private void hear(String type, JsonNode message) {
        if (down
                || !type.equals("MESSAGE_CREATE")
                || message.path("author").path("id").asText().equals(bot.id())) {
            return;
        }
        String content = message.path("content").asText();
        if (!content.startsWith("<@" + bot.id() + ">")) {
            return;
        }
        Matcher imagine = IMAGINE.matcher(content);
        Matcher press = PRESS.matcher(content);
        if ((imagine.matches() || press.matches())
                && !heard.add(message.path("id").asText())) {
            return;
        }
        if (imagine.matches()) {
            ask(imagine.group(1));
            new Job(
                            message,
                            imagine.group(1),
                            imagine.group(3),
                            "",
                            imagine.group(2).equals("1"))
                    .begin();
        } else if (press.matches()) {
            ask(press.group(1));
            String label = press.group(2).strip();
            String prompt =
                    promptOf(message.path("referenced_message").path("content").asText());
            new Job(message, press.group(1), prompt, label, label.startsWith("U") || label.equals("Vary")).begin();
        }
    }

    private static String promptOf(String content) {
        int end = content.lastIndexOf("**");
        return end < 2 ? "" : content.substring(2, end);
    }

    /** One job of the bot: each call of {@link #next()} sends one message and plans the next. */
    private final class Job {
        private final JsonNode request;
        private final String id;
        private final String prompt;
        private final String label;
        private final boolean single;
        private final Script mine = script;
        private final String channel;
        private String progressMessage = "";
        private volatile boolean dead;
        private int step;

        Job(JsonNode request, String id, String prompt, String label, boolean single) {
            this.request = request;
            this.id = id;
            this.prompt = prompt;
            this.label = label;
            this.single = single;
            this.channel = request.path("channel_id").asText();
        }

        private void begin() {
            open.put(request.path("id").asText(), this);
            next();
        }

        private void next() {
            if (!clock.isShutdown()) {
                ScheduledFuture<?> unused = clock.schedule(this::advance, mine.stepMillis(), TimeUnit.MILLISECONDS);
            }
        }

        private void advance() {
            if (dead || holds(this)) {
                return;
            }
            String asks = request.path("id").asText();
            if (cancelled.contains(asks) || discord.message(channel, asks).isEmpty()) {
                // Nobody wants it any more, or there is no channel to say it in.
                cancelled.add(asks);
                open.remove(asks);
                return;
            }
            int at = step++ - (mine.queued() ? 1 : 0);
            if (at < 0) {
                say("(Waiting to start)", List.of());
            } else if (at < mine.progress().size()) {
                int percent = mine.progress().get(at);
                say("(" + percent + "%) (fast)", List.of(preview()));
            } else {
                end();
                return;
            }
            next();
        }

        private SimulatedFile preview() {
            return SimulatedFile.png(id + "_grid_0.png", Pictures.plain(prompt, 0, 4, 4));
        }

        private void say(String state, List<SimulatedFile> files) {
            ObjectNode body = body(state);
            if (progressMessage.isEmpty()) {
                progressMessage =
                        discord.post(channel, bot, body, files).path("id").asText();
            } else {
                discord.edit(channel, progressMessage, body, files);
            }
        }

        private ObjectNode body(String state) {
            String what = label.isEmpty()
                    ? ""
                    : label.startsWith("U") ? "Image #" + label.substring(1) + " " : "Variations by ";
            String content = "**" + prompt + "** - " + what + "<@"
                    + request.path("author").path("id").asText() + "> " + state
                    + (mine.namesJob() ? "\n-# job " + id : "");
            ObjectNode body = Nodes.object().put("content", content);
            if (mine.refers()) {
                body.putObject("message_reference")
                        .put("message_id", request.path("id").asText());
            }
            return body;
        }

        private void end() {
            open.remove(request.path("id").asText());
            switch (mine.ending()) {
                case RESULT -> result();
                case STOPPED -> say("(Stopped)", List.of());
                case BANNED -> note("Banned prompt detected");
                case QUEUE_FULL -> note("Queue full");
                case DELETED -> discord.delete(channel, progressMessage);
                case SILENCE -> {
                    // Nobody hears of this job again.
                }
            }
        }

        private void note(String title) {
            ObjectNode body = Nodes.object();
            body.putObject("message_reference")
                    .put("message_id", mine.refers() ? request.path("id").asText() : progressMessage);
            body.putArray("embeds").addObject().put("title", title).put("color", 0xFF0000);
            discord.post(channel, bot, body, List.of());
        }

        private void result() {
            if (mine.deletes() && !progressMessage.isEmpty()) {
                discord.delete(channel, progressMessage);
            }
            ObjectNode body = body(single && label.isEmpty() ? "(one picture) (fast)" : "(fast)");
            body.set("components", buttons());
            int tile = label.startsWith("U") ? Integer.parseInt(label.substring(1)) : single ? 1 : 0;
            byte[] picture = single
                    ? Pictures.plain(prompt, tile, mine.gridWidth(), mine.gridHeight())
                    : Pictures.grid(prompt, mine.gridWidth(), mine.gridHeight());
            discord.post(channel, bot, body, List.of(SimulatedFile.png("artist_" + id + ".png", picture)));
        }

        private ArrayNode buttons() {
            List<String> labels = new ArrayList<>();
            if (single) {
                labels.add("Vary");
            } else {
                labels.addAll(List.of("U1", "U2", "U3", "U4", "🔄"));
                labels.addAll(List.of("V1", "V2", "V3", "V4"));
            }
            ArrayNode rows = Nodes.array();
            for (int i = 0; i < labels.size(); i += 5) {
                ArrayNode row = rows.addObject().put("type", 1).putArray("components");
                for (String text : labels.subList(i, Math.min(i + 5, labels.size()))) {
                    row.addObject()
                            .put("type", 2)
                            .put("style", 2)
                            .put("label", text)
                            .put("custom_id", "sim:" + text);
                }
            }
            return rows;
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
