package dev.triptych.discord;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What became of each job, on disk: a plan is written and forced to the disk before its message is posted, so a process
 * that dies at any moment leaves enough behind to find the job again. One JSON object a line; no prompt, no picture.
 * Thread-safe; one process uses one file, and takes over that of a process that died.
 */
final class JobJournal implements AutoCloseable {

    private static final int SLOTS = 100;
    private static final Duration KEPT = Duration.ofDays(7);
    private static final int MOST_KEPT = 10_000;
    /** The file is written anew when it has so many lines. */
    private static final int MOST_LINES = 60_000;

    private final Clock clock;
    private final Disk disk;
    private final FileChannel lockChannel;
    private final Path file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    /** Jobs that a process before this one delivered, or died while it did. */
    private final Set<String> deliveredBefore = new HashSet<>();
    /** A stream, not a channel: an interrupt of one caller would close a channel for all. */
    private FileOutputStream out;

    private int lines;

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
        DELIVERED
    }

    /** The last word on one job. */
    record Entry(String job, JobPlan plan, State state, String requestMessage, String resultMessage, Instant at) {}

    private JobJournal(Clock clock, Disk disk, FileChannel lockChannel, Path file) throws IOException {
        this.clock = clock;
        this.disk = disk;
        this.lockChannel = lockChannel;
        this.file = file;
        load();
        compact();
        this.out = new FileOutputStream(file.toFile(), true);
    }

    /** Opens the first journal below {@code directory} that no other process uses. */
    static JobJournal open(Path directory, Clock clock) throws IOException {
        return open(directory, clock, Disk.system());
    }

    static JobJournal open(Path directory, Clock clock, Disk disk) throws IOException {
        Files.createDirectories(directory);
        for (int slot = 0; slot < SLOTS; slot++) {
            FileChannel lock = lock(directory.resolve("relay-" + slot + ".lock"));
            if (lock != null) {
                return new JobJournal(clock, disk, lock, directory.resolve("relay-" + slot + ".jsonl"));
            }
        }
        throw new IOException("journal must have a free slot but all " + SLOTS + " are in use: " + directory);
    }

    private static @Nullable FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            return null;
        }
        channel.close();
        return null;
    }

    /** Writes down that {@code job} is about to be posted; returns when the disk has it. */
    synchronized void planned(Job job) throws IOException {
        append(new Entry(job.id, job.plan, State.PLANNED, "", "", clock.instant()), true);
    }

    synchronized void sent(Job job, String message) throws IOException {
        change(job, State.SENT, message, "");
    }

    synchronized void done(Job job, String resultMessage) throws IOException {
        change(job, State.DONE, job.requestMessage, resultMessage);
    }

    synchronized void ended(Job job) throws IOException {
        change(job, State.ENDED, job.requestMessage, "");
    }

    synchronized void delivered(Job job) throws IOException {
        Entry last = entries.get(job.id);
        deliveredBefore.remove(job.id);
        change(job, State.DELIVERED, job.requestMessage, last == null ? "" : last.resultMessage());
    }

    private void change(Job job, State state, String requestMessage, String resultMessage) throws IOException {
        append(new Entry(job.id, job.plan, state, requestMessage, resultMessage, clock.instant()), false);
    }

    /** Everything known of the job {@code id}. */
    synchronized Optional<Entry> find(String id) {
        return Optional.ofNullable(entries.get(id));
    }

    /**
     * Whether nobody may take up the job {@code id}: it failed, or its pictures were delivered. What an earlier process
     * delivered can be had once more, since that process may have died before its caller could keep the pictures.
     */
    synchronized boolean isOver(String id) {
        Entry entry = entries.get(id);
        return entry != null
                && (entry.state() == State.ENDED
                        || (entry.state() == State.DELIVERED && !deliveredBefore.contains(id)));
    }

    /** Jobs whose pictures no caller has yet, oldest first. */
    synchronized List<Entry> unfinished() {
        List<Entry> all = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.state() != State.ENDED && entry.state() != State.DELIVERED) {
                all.add(entry);
            }
        }
        return all;
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

    private void append(Entry entry, boolean force) throws IOException {
        write(out, entry);
        if (force) {
            disk.force(out);
        }
        lines++;
        entries.put(entry.job(), entry);
        if (entries.size() > MOST_KEPT || lines > MOST_LINES) {
            tidy();
        }
    }

    /** Forgets the oldest jobs that are over, and writes the file anew. */
    private void tidy() throws IOException {
        Iterator<Entry> oldest = entries.values().iterator();
        while (entries.size() > MOST_KEPT / 2 && oldest.hasNext()) {
            Entry entry = oldest.next();
            if (entry.state() == State.ENDED || entry.state() == State.DELIVERED) {
                oldest.remove();
                deliveredBefore.remove(entry.job());
            }
        }
        out.close();
        compact();
        out = new FileOutputStream(file.toFile(), true);
        lines = entries.size();
    }

    private void write(FileOutputStream out, Entry entry) throws IOException {
        disk.write(out, (toJson(entry) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void load() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        Instant oldest = clock.instant().minus(KEPT);
        for (String line : Files.readString(file, StandardCharsets.UTF_8).split("\n", -1)) {
            fromJson(line).ifPresent(entry -> entries.put(entry.job(), entry));
        }
        entries.values().removeIf(entry -> entry.at().isBefore(oldest));
        for (Entry entry : entries.values()) {
            if (entry.state() == State.DELIVERED && !entry.resultMessage().isEmpty()) {
                deliveredBefore.add(entry.job());
            }
        }
    }

    /** Writes what is still worth knowing into a new file beside the old one, and puts it in the old one's place. */
    private void compact() throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".new");
        try (FileOutputStream fresh = new FileOutputStream(aside.toFile())) {
            for (Entry entry : entries.values()) {
                write(fresh, entry);
            }
            disk.force(fresh);
        }
        disk.replace(aside, file);
    }

    private static String toJson(Entry entry) {
        ObjectNode json = Json.object()
                .put("job", entry.job())
                .put("state", entry.state().name())
                .put("at", entry.at().toString())
                .put("requestId", entry.plan().requestId())
                .put("digest", entry.plan().digest())
                .put("action", entry.plan().action())
                .put("parent", entry.plan().parent())
                .put("tile", entry.plan().tile())
                .put("after", entry.plan().after())
                .put("request", entry.requestMessage())
                .put("result", entry.resultMessage());
        entry.plan().seed().ifPresent(seed -> json.put("seed", seed));
        return json.toString();
    }

    /** A line that is not whole was being written when the process died, and says nothing. */
    private static Optional<Entry> fromJson(String line) {
        if (line.isBlank()) {
            return Optional.empty();
        }
        try {
            JsonNode json = Json.read(line);
            JobPlan plan = new JobPlan(
                    json.path("requestId").asText(),
                    json.path("digest").asText(),
                    json.path("action").asText(),
                    json.path("parent").asText(),
                    json.path("tile").asInt(),
                    json.has("seed") ? OptionalLong.of(json.path("seed").asLong()) : OptionalLong.empty(),
                    json.path("after").asText("0"));
            return Optional.of(new Entry(
                    json.path("job").asText(),
                    plan,
                    State.valueOf(json.path("state").asText()),
                    json.path("request").asText(),
                    json.path("result").asText(),
                    Instant.parse(json.path("at").asText())));
        } catch (JsonProcessingException | IllegalArgumentException | java.time.DateTimeException e) {
            return Optional.empty();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        try {
            out.close();
        } finally {
            lockChannel.close();
        }
    }
}
