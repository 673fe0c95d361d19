package dev.triptych.discord;

import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.LineLog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What became of each job, on disk: a plan is written and forced to the disk before its message is posted, so a process
 * that dies at any moment leaves enough behind to find the job again. A {@link LineLog} for each week; no prompt, no
 * picture. Thread-safe; any number of processes may share one directory, and each knows what the others wrote.
 */
final class JobJournal {

    private static final System.Logger LOG = System.getLogger(JobJournal.class.getName());
    private static final Pattern FILE = Pattern.compile("jobs-\\d{4}-W\\d{2}\\.jsonl");
    /** How long a job is remembered; a week's log is kept until all of its jobs are as old. */
    private static final Duration KEPT = Duration.ofDays(7);

    private static final int MOST_KEPT = 10_000;

    private final Path directory;
    private final Clock clock;
    private final DurableFiles files;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    /** Log → the byte up to which it was read. */
    private final Map<String, Long> read = new HashMap<>();
    /** Jobs whose pictures this process has delivered. */
    private final Set<String> deliveredHere = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_KEPT;
        }
    });

    /** How far a job is known to have come. */
    enum State {
        /** About to be posted; whether it was is not known. */
        PLANNED,
        /** Its message is on Discord. */
        SENT,
        /** Its result is on Discord. */
        DONE,
        /** It failed, or was never sent: it will not be waited for again. */
        ENDED,
        /** The caller has its pictures. */
        DELIVERED;

        boolean isOver() {
            return this == ENDED || this == DELIVERED;
        }
    }

    /** The last word on one job. */
    record Entry(String job, JobPlan plan, State state, String requestMessage, String resultMessage, Instant at) {}

    private JobJournal(Path directory, Clock clock, DurableFiles files) {
        this.directory = directory;
        this.clock = clock;
        this.files = files;
    }

    /**
     * The journal in {@code directory}, with all that it knows.
     *
     * @throws IOException if it cannot be read
     */
    static JobJournal open(Path directory, Clock clock, DurableFiles files) throws IOException {
        JobJournal journal = new JobJournal(directory, clock, files);
        files.createDirectories(directory);
        journal.forgetOldLogs();
        journal.catchUp();
        return journal;
    }

    // What is written.

    /** Writes down that {@code job} is about to be posted; returns when the disk has it. */
    void planned(Job job) throws IOException {
        Entry entry = new Entry(job.id, job.plan, State.PLANNED, "", "", clock.instant());
        log(fileFor(entry.at())).append(values(entry));
        catchUp();
    }

    void sent(Job job, String message) throws IOException {
        append(new Entry(job.id, job.plan, State.SENT, message, "", clock.instant()));
    }

    void done(Job job, String resultMessage) throws IOException {
        append(new Entry(job.id, job.plan, State.DONE, job.requestMessage, resultMessage, clock.instant()));
    }

    void ended(Job job) throws IOException {
        append(new Entry(job.id, job.plan, State.ENDED, job.requestMessage, "", clock.instant()));
    }

    void delivered(Job job) throws IOException {
        String result = find(job.id).map(Entry::resultMessage).orElse("");
        synchronized (this) {
            deliveredHere.add(job.id);
        }
        append(new Entry(job.id, job.plan, State.DELIVERED, job.requestMessage, result, clock.instant()));
    }

    /**
     * A word that need not wait for the disk: where a machine loses it, the channel tells the same. What is known in
     * memory follows from what is in the log, and from nothing else.
     */
    private void append(Entry entry) throws IOException {
        log(fileFor(entry.at())).appendUnforced(values(entry));
        catchUp();
    }

    private static String fileFor(Instant moment) {
        LocalDate day = moment.atZone(ZoneOffset.UTC).toLocalDate();
        return String.format(
                Locale.ROOT,
                "jobs-%04d-W%02d.jsonl",
                day.get(IsoFields.WEEK_BASED_YEAR),
                day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
    }

    private LineLog log(String file) {
        return new LineLog(directory.resolve(file), files);
    }

    private static Map<String, Object> values(Entry entry) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("job", entry.job());
        values.put("state", entry.state().name());
        values.put("at", entry.at());
        values.put("requestId", entry.plan().requestId());
        values.put("digest", entry.plan().digest());
        values.put("action", entry.plan().action());
        values.put("parent", entry.plan().parent());
        values.put("tile", entry.plan().tile());
        values.put("after", entry.plan().after());
        values.put("request", entry.requestMessage());
        values.put("result", entry.resultMessage());
        entry.plan().seed().ifPresent(seed -> values.put("seed", seed));
        return values;
    }

    // What is known.

    /** Everything known of the job {@code id}. */
    synchronized Optional<Entry> find(String id) {
        return Optional.ofNullable(entries.get(id));
    }

    /**
     * Whether nobody may take up the job {@code id}: it failed, or its pictures were delivered. What another process
     * delivered can be had once more, since that process may have died before its caller could keep the pictures.
     */
    synchronized boolean isOver(String id) {
        Entry entry = entries.get(id);
        return entry != null
                && (entry.state() == State.ENDED || (entry.state() == State.DELIVERED && deliveredHere.contains(id)));
    }

    /** Jobs whose pictures no caller has yet, oldest first. */
    synchronized List<Entry> unfinished() {
        return entries.values().stream()
                .filter(entry -> !entry.state().isOver())
                .toList();
    }

    /** The finished job that pressed {@code action} on {@code parent}, if there was one. */
    synchronized Optional<Entry> finishedPress(String parent, String action) {
        return entries.values().stream()
                .filter(entry -> entry.plan().parent().equals(parent)
                        && entry.plan().action().equals(action)
                        && !entry.resultMessage().isEmpty())
                .reduce((first, second) -> second);
    }

    /** Every job that has a result. */
    synchronized List<Entry> results() {
        return entries.values().stream()
                .filter(entry -> !entry.resultMessage().isEmpty())
                .toList();
    }

    // What is read.

    /**
     * Reads what was written since the last time, by this process and by others.
     *
     * @throws IOException if it cannot be read
     */
    synchronized void catchUp() throws IOException {
        for (String file : logs()) {
            LineLog.Lines unread = log(file).read(read.getOrDefault(file, 0L));
            read.put(file, unread.end());
            int damaged = unread.damaged();
            for (Map<String, String> line : unread.lines()) {
                Entry entry = entry(line);
                if (entry == null) {
                    damaged++;
                } else {
                    // The newest word goes to the end, so that the oldest can be forgotten first.
                    entries.remove(entry.job());
                    entries.put(entry.job(), entry);
                }
            }
            if (damaged > 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        damaged + " lines of " + directory.resolve(file) + " could not be read and were skipped");
            }
        }
        forgetOldJobs();
    }

    private static @Nullable Entry entry(Map<String, String> line) {
        try {
            String seed = line.getOrDefault("seed", "");
            JobPlan plan = new JobPlan(
                    line.getOrDefault("requestId", ""),
                    line.getOrDefault("digest", ""),
                    line.getOrDefault("action", ""),
                    line.getOrDefault("parent", ""),
                    Integer.parseInt(line.getOrDefault("tile", "0")),
                    seed.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(seed)),
                    idOr("0", line.get("after")));
            String job = line.getOrDefault("job", "");
            return job.isEmpty()
                    ? null
                    : new Entry(
                            job,
                            plan,
                            State.valueOf(line.getOrDefault("state", "")),
                            idOr("", line.get("request")),
                            idOr("", line.get("result")),
                            Instant.parse(line.getOrDefault("at", "")));
        } catch (IllegalArgumentException | DateTimeException e) {
            return null;
        }
    }

    /** A message's id; a line with something else in its place was not written by us. */
    private static String idOr(String none, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            return none;
        }
        if (!Snowflake.isId(text)) {
            throw new IllegalArgumentException("a message's id must be digits");
        }
        return text;
    }

    private void forgetOldJobs() {
        Instant oldest = clock.instant().minus(KEPT);
        Iterator<Entry> eldest = entries.values().iterator();
        while (eldest.hasNext()) {
            Entry entry = eldest.next();
            boolean tooMany = entries.size() > MOST_KEPT && entry.state().isOver();
            if (entry.at().isBefore(oldest) || tooMany) {
                eldest.remove();
            } else if (entries.size() <= MOST_KEPT) {
                return;
            }
        }
    }

    // Which logs there are.

    /** Our logs, oldest first. Whatever else lies in the directory is not ours. */
    private List<String> logs() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path file : all) {
                String name = file.getFileName().toString();
                if (FILE.matcher(name).matches() && Files.isRegularFile(file)) {
                    found.add(name);
                }
            }
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(found);
        return found;
    }

    private void forgetOldLogs() throws IOException {
        String oldest = fileFor(clock.instant().minus(KEPT));
        for (String file : logs()) {
            if (file.compareTo(oldest) < 0) {
                files.delete(directory.resolve(file));
                files.delete(directory.resolve(file + ".lock"));
            }
        }
    }
}
