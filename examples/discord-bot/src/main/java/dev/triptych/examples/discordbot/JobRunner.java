package dev.triptych.examples.discordbot;

import dev.triptych.ContentRejectedException;
import dev.triptych.GenerationCancelledException;
import dev.triptych.examples.discordbot.JobMessages.Undeliverable;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageGrid;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes jobs, paints them one after the other, and answers. A job is in the queue before anything is said about it, so
 * that no failure to say it loses the job; and whatever one job does, the next is painted. Thread-safe; one thread
 * paints.
 */
final class JobRunner implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(JobRunner.class.getName());

    /** How many jobs are remembered, so that none is taken twice and none after it was withdrawn. */
    private static final int MOST_REMEMBERED = 10_000;
    /** How often a message is posted before it is given up. */
    private static final int ATTEMPTS = 4;

    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long CLOSE_MILLIS = 10_000;
    private static final long BILLED_MILLIS = 120_000;

    private final JobQueue queue;
    private final Painter painter;
    private final Moderation moderation;
    private final JobMessages messages;
    private final PictureKeeper keeper;
    private final Clock clock;
    private final Sleeper sleeper;
    private final long editMillis;
    private final Set<String> taken = remembered();
    private final Set<String> withdrawn = remembered();
    private final Thread thread = new Thread(this::work, "triptych-painting");
    private volatile Optional<ImageJob> current = Optional.empty();
    private volatile boolean closed;

    /** A second place for a picture that could not be posted. */
    @FunctionalInterface
    interface PictureKeeper {
        /** Keeps {@code picture} under {@code fileName}; returns its file. */
        Path keep(byte[] picture, String fileName) throws IOException;
    }

    /** Waits. */
    @FunctionalInterface
    interface Sleeper {
        void sleep(long millis) throws InterruptedException;
    }

    /**
     * Why a job is not taken, in the words of a note.
     *
     * @param title a title that relays know
     * @param explanation what to do about it; {@code ""} = the title says it
     */
    record Refusal(String title, String explanation) {}

    JobRunner(
            JobQueue queue,
            Painter painter,
            Moderation moderation,
            JobMessages messages,
            PictureKeeper keeper,
            Clock clock,
            Sleeper sleeper,
            long editMillis) {
        this.queue = queue;
        this.painter = painter;
        this.moderation = moderation;
        this.messages = messages;
        this.keeper = keeper;
        this.clock = clock;
        this.sleeper = sleeper;
        this.editMillis = editMillis;
    }

    private static Set<String> remembered() {
        return Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > MOST_REMEMBERED;
            }
        }));
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    // Taking jobs.

    /**
     * Takes a job and says where it stands, or refuses it with a note. A job is taken once, however often it is asked
     * for.
     *
     * @param adult whether the channel is age-restricted
     */
    void take(ImageJob job, boolean adult) {
        if (isKnown(job)) {
            return;
        }
        Optional<Refusal> refusal = admit(job, adult);
        if (refusal.isPresent()) {
            refuse(job, refusal.get());
        } else {
            announce(job);
        }
    }

    /** Whether {@code job} was taken before, or is no longer wanted. */
    boolean isKnown(ImageJob job) {
        return taken.contains(job.key()) || withdrawn.contains(job.request());
    }

    /**
     * Puts a job into the queue, where it waits for {@link ImageJob#announced}; or says why not.
     *
     * @param adult whether the channel is age-restricted
     */
    Optional<Refusal> admit(ImageJob job, boolean adult) {
        Optional<Refusal> refusal = examine(job, adult);
        if (refusal.isEmpty() && queue.offer(job).isEmpty()) {
            refusal = Optional.of(new Refusal("Queue full", "Wait until one of your jobs is done."));
        }
        if (refusal.isEmpty()) {
            remember(job);
            if (withdrawn.contains(job.request())) {
                drop(job);
            }
        }
        return refusal;
    }

    private void remember(ImageJob job) {
        if (!job.key().isEmpty()) {
            taken.add(job.key());
        }
    }

    private Optional<Refusal> examine(ImageJob job, boolean adult) {
        Optional<String> banned = moderation.refuse(job.prompt(), adult);
        if (banned.isPresent()) {
            return Optional.of(new Refusal(banned.get(), ""));
        }
        try {
            JobText.check(job.prompt());
            Painter.check(job.prompt());
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(new Refusal("Invalid parameter", String.valueOf(e.getMessage())));
        }
    }

    /** How many jobs are before {@code job}. */
    int ahead(ImageJob job) {
        return Math.max(0, queue.turns().indexOf(job)) + (current.isPresent() ? 1 : 0);
    }

    /** Posts the first message of a job in the queue. Without one the job goes on all the same. */
    void announce(ImageJob job) {
        String message = "";
        try {
            message = repeat(() -> messages.begin(job, JobText.waiting(job, ahead(job))));
        } catch (Undeliverable e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the first message of " + job + " could not be posted; it is painted all the same: "
                            + e.getMessage());
        } finally {
            announced(job, message);
        }
    }

    /** The first message of {@code job} is on Discord, or ({@code ""}) is not. */
    void announced(ImageJob job, String message) {
        job.announced(message);
        remember(job);
        if (isUnwanted(job) && !message.isEmpty()) {
            stop(job);
        }
    }

    private boolean isUnwanted(ImageJob job) {
        return job.cancellation().isCancelled() || (!asks(job).isEmpty() && withdrawn.contains(asks(job)));
    }

    /** Says why a job is not taken. */
    void refuse(ImageJob job, Refusal refusal) {
        note(job, refusal.title(), refusal.explanation());
    }

    /**
     * The message that asks for a job is gone: it is not taken from now on, and no longer painted. Returns at once;
     * {@link #withdraw} says so.
     */
    void withdrawn(String request) {
        withdrawn.add(request);
        current.filter(job -> asks(job).equals(request))
                .ifPresent(job -> job.cancellation().cancel());
    }

    /** The message that asked for a job is gone: the job is no longer wanted, also if it has not been taken yet. */
    void withdraw(String request) {
        withdrawn(request);
        for (ImageJob job : jobs()) {
            if (asks(job).equals(request)) {
                drop(job);
            }
        }
    }

    /** The message that asks for a job; a slash command and a button have none but our own. */
    private static String asks(ImageJob job) {
        return job.request().isEmpty() ? job.progress() : job.request();
    }

    private void drop(ImageJob job) {
        boolean waited = queue.remove(job);
        job.cancellation().cancel();
        if (waited) {
            stop(job);
        }
    }

    /** Nothing can be said in {@code channel} any more. */
    void withdrawChannel(String channel) {
        for (ImageJob job : jobs()) {
            if (job.channel().equals(channel)) {
                queue.remove(job);
                job.cancellation().cancel();
            }
        }
    }

    /** The jobs that wait or are painted. */
    List<ImageJob> jobs() {
        List<ImageJob> all = new ArrayList<>(queue.turns());
        current.ifPresent(all::add);
        return all;
    }

    /** Whether there is a job whose first message may be on Discord although its answer has not come yet. */
    boolean isAboutToSay(String channel, String user, String prompt) {
        return jobs().stream()
                .anyMatch(job -> job.request().isEmpty()
                        && job.progress().isEmpty()
                        && job.channel().equals(channel)
                        && job.user().equals(user)
                        && job.prompt().equals(prompt));
    }

    // Painting.

    private void work() {
        while (!closed) {
            try {
                forgetInterrupt();
                workOnce();
            } catch (InterruptedException e) {
                // Either the runner is closed, or a generator left the flag behind; the next job is not to blame.
                LOG.log(System.Logger.Level.DEBUG, "the painting thread was interrupted", e);
            } catch (RuntimeException | Error e) {
                report("a job failed in a way that was not foreseen; the next one is painted", e);
            } finally {
                current = Optional.empty();
            }
        }
    }

    /** A generator that was cancelled leaves the flag behind, which is no business of what comes after it. */
    private void forgetInterrupt() {
        if (!closed && Thread.interrupted()) {
            LOG.log(System.Logger.Level.DEBUG, "the interrupt flag was left behind");
        }
    }

    private void workOnce() throws InterruptedException {
        Optional<ImageJob> next = queue.take();
        if (next.isEmpty()) {
            return;
        }
        current = next;
        next.get().awaitAnnounced();
        paint(next.get());
        current = Optional.empty();
        moveUp();
    }

    /** Even saying that memory ran out may run out of memory. */
    private static void report(String what, Throwable cause) {
        try {
            LOG.log(System.Logger.Level.WARNING, what, cause);
        } catch (RuntimeException | Error e) {
            // There is nothing left to say it with, and the thread must live.
            return;
        }
    }

    private void moveUp() {
        List<ImageJob> turns = queue.turns();
        for (int i = 0; i < Math.min(3, turns.size()); i++) {
            messages.progress(turns.get(i), JobText.waiting(turns.get(i), i), Optional.empty());
        }
    }

    private void paint(ImageJob job) {
        if (isUnwanted(job)) {
            stop(job);
            return;
        }
        Optional<String> obstacle = messages.obstacle(job);
        if (obstacle.isPresent()) {
            LOG.log(System.Logger.Level.WARNING, job + " is not painted: " + obstacle.get());
            return;
        }
        try {
            messages.progress(job, JobText.progress(job, 0), Optional.empty());
            deliver(job, picture(job));
        } catch (GenerationCancelledException e) {
            stop(job);
        } catch (ContentRejectedException e) {
            note(job, "Request cancelled due to output filters", "");
        } catch (IOException | RuntimeException e) {
            if (closed && e instanceof InterruptedIOException) {
                // Cut off before anything was asked of the generator: the next start takes the job up.
                stop(job);
                return;
            }
            report(job + " failed: " + e.getMessage(), e);
            note(job, "Generation failed", String.valueOf(e.getMessage()));
        } catch (Error e) {
            report(job + " failed: " + e, e);
            note(job, "Generation failed", e.getClass().getSimpleName());
        }
    }

    private Painter.Painting picture(ImageJob job) throws IOException {
        try {
            return painter.paint(job, new Reporter(job));
        } finally {
            forgetInterrupt();
        }
    }

    /** A job that the close cut off says that it goes on, and is taken up by the next start. */
    private void stop(ImageJob job) {
        if (!closed) {
            messages.progress(job, JobText.stopped(job), Optional.empty());
        }
    }

    private void deliver(ImageJob job, Painter.Painting painting) {
        byte[] picture = ImageDecoder.encodePng(painting.picture());
        try {
            repeat(() -> {
                messages.finish(
                        job,
                        JobText.done(job, painting.single(), painting.ignored()),
                        picture,
                        painting.single() ? List.of("Vary") : GRID_BUTTONS);
                return "";
            });
        } catch (Undeliverable e) {
            String where = kept(job, picture);
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the picture of " + job + " could not be posted: " + e.getMessage() + "; " + where);
            note(job, "Generation failed", "The picture was made but could not be posted: " + e.getMessage());
        }
    }

    private String kept(ImageJob job, byte[] picture) {
        String name = "discord-" + job.channel() + "-" + Long.toHexString(clock.millis()) + ".png";
        try {
            return "it is kept in " + keeper.keep(picture, name);
        } catch (IOException | RuntimeException e) {
            report("the picture of " + job + " could not be kept", e);
            return "nor could it be kept";
        }
    }

    /** Says that there will be no picture; what cannot be said there is said in the log. */
    private void note(ImageJob job, String title, String explanation) {
        try {
            repeat(() -> {
                messages.refuse(job, title, JobText.brief(explanation));
                return "";
            });
        } catch (Undeliverable e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "whoever asked for " + job + " could not be told \"" + title + "\": " + e.getMessage());
        }
    }

    static final List<String> GRID_BUTTONS =
            List.of("U1", "U2", "U3", "U4", Instruction.REROLL, "V1", "V2", "V3", "V4");

    // Saying it until Discord has it.

    /** Something to post. */
    @FunctionalInterface
    private interface Posting {
        String post() throws Undeliverable;
    }

    private String repeat(Posting posting) throws Undeliverable {
        for (int attempt = 1; ; attempt++) {
            try {
                return posting.post();
            } catch (Undeliverable e) {
                if (!e.isWorthRepeating() || attempt == ATTEMPTS || !pause(FIRST_PAUSE_MILLIS << (attempt - 1))) {
                    throw e;
                }
            }
        }
    }

    /** Whether the pause came to its end; it is cut short when the runner is closed. */
    private boolean pause(long millis) {
        try {
            sleeper.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Edits the progress message, but not more often than Discord likes. */
    private final class Reporter implements Painter.Watcher {
        private final ImageJob job;
        private long last;
        private int shown;

        Reporter(ImageJob job) {
            this.job = job;
            this.last = clock.millis();
        }

        @Override
        public void onProgress(int percent, List<BufferedImage> finished) {
            if (clock.millis() - last < editMillis) {
                return;
            }
            last = clock.millis();
            Optional<byte[]> preview = finished.size() > shown ? Optional.of(preview(finished)) : Optional.empty();
            shown = finished.size();
            messages.progress(job, JobText.progress(job, percent), preview);
        }
    }

    /** The finished tiles in their places, the others black. */
    private static byte[] preview(List<BufferedImage> finished) {
        List<BufferedImage> tiles = new ArrayList<>(finished);
        while (tiles.size() < 4) {
            BufferedImage first = finished.get(0);
            tiles.add(new BufferedImage(first.getWidth(), first.getHeight(), BufferedImage.TYPE_INT_RGB));
        }
        return ImageDecoder.encodePng(ImageGrid.compose(tiles, 2));
    }

    /**
     * Takes no more from the queue, whose jobs are in the channel for the next start. The job that is painted is
     * cancelled where that costs nothing, and else let finish, for two minutes.
     */
    @Override
    public void close() {
        closed = true;
        queue.close();
        try {
            if (painter.isBilled()) {
                thread.join(BILLED_MILLIS);
            }
            current.ifPresent(job -> job.cancellation().cancel());
            thread.interrupt();
            thread.join(CLOSE_MILLIS);
            if (thread.isAlive()) {
                LOG.log(System.Logger.Level.WARNING, "the painting thread is still at work");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
