package dev.triptych.openai;

import dev.triptych.internal.ProcessMark;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.LineLog;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of one generator, on disk: a line before each is submitted, a line with the server's id before it is asked
 * for the first time, a line when its pictures are delivered or will never come. A process that dies at any moment
 * leaves enough behind to find its jobs again. Holds no prompt, no key and no picture; a {@link LineLog} a month.
 * Several processes may share the directory, and a job belongs to one of them at a time. Thread-safe.
 *
 * <p>What was delivered stays open for a minute, or until the generator is closed: a process that dies before its
 * caller could keep the pictures has not delivered them.
 */
final class JobLog implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(JobLog.class.getName());

    /** How long a server keeps a job at most; an older one is forgotten. */
    private static final Duration KEPT = Duration.ofDays(7);

    /** How long a caller may need to put the pictures where they are safe. */
    private static final Duration KEEPING = Duration.ofMinutes(1);

    /** The logs of this process that are open. */
    private static final Set<String> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final String generator;
    private final DurableFiles files;
    private final ProcessMark process = ProcessMark.own();
    private final String instance = UUID.randomUUID().toString();

    // Guarded by this.
    private final Set<String> held = new HashSet<>();
    private final Map<String, Instant> delivered = new LinkedHashMap<>();

    /** How far a job is known to have come. */
    enum State {
        /** About to be submitted; whether the server accepted it is not known. */
        SUBMITTING,
        /** The server accepted it. */
        ACCEPTED,
        /** Nobody will ask for it again. */
        ENDED
    }

    /**
     * What is known of one job.
     *
     * @param job our own id of it
     * @param digest a hash of all that was asked, and of whom
     * @param requestId our own id of the request
     * @param at when it was submitted
     * @param state how far it came
     * @param ticket by which the server knows it
     * @param owner the process that waits for it
     * @param ownerInstance the log in that process
     */
    record Entry(
            String job,
            String digest,
            String requestId,
            Instant at,
            State state,
            Optional<JobTicket> ticket,
            ProcessMark owner,
            String ownerInstance) {

        Entry with(State next) {
            return new Entry(job, digest, requestId, at, next, ticket, owner, ownerInstance);
        }

        Entry accepted(JobTicket known) {
            return new Entry(job, digest, requestId, at, State.ACCEPTED, Optional.of(known), owner, ownerInstance);
        }

        Entry takenBy(ProcessMark next, String nextInstance) {
            return new Entry(job, digest, requestId, at, state, ticket, next, nextInstance);
        }
    }

    /** The jobs of {@code generator} in {@code directory}, which need not exist yet. */
    JobLog(Path directory, String generator, DurableFiles files) {
        this.directory = directory;
        this.generator = generator;
        this.files = files;
        OPEN_HERE.add(instance);
    }

    /**
     * A job for what {@code digest} asks: one that is open and that nobody waits for, which this log takes over, or a
     * new one that is about to be submitted and is on disk as such. A job of a process that died while submitting comes
     * as {@link State#SUBMITTING} of another process, once: nobody knows whether the server has it.
     *
     * @throws IOException if that cannot be written; nothing may be submitted then
     */
    synchronized Entry claim(String digest, String requestId, Clock clock) throws IOException {
        Instant now = clock.instant();
        forgetDelivered(now);
        return log(now).exclusively(session -> {
            Map<String, Entry> entries = read(now);
            Optional<Entry> open = entries.values().stream()
                    .filter(entry -> entry.digest().equals(digest) && isFree(entry))
                    .findFirst();
            if (open.isPresent() && open.get().state() == State.SUBMITTING) {
                session.append(line("ended", open.get().job(), now));
                return open.get();
            }
            if (open.isPresent()) {
                return take(session, open.get(), now);
            }
            Entry entry = new Entry(
                    UUID.randomUUID().toString(),
                    digest,
                    requestId,
                    now,
                    State.SUBMITTING,
                    Optional.empty(),
                    process,
                    instance);
            Map<String, Object> line = line("submitting", entry.job(), now);
            line.put("digest", digest);
            line.put("request", requestId);
            line.put("generator", generator);
            putOwner(line);
            session.append(line);
            held.add(entry.job());
            return entry;
        });
    }

    /** Takes over the open job that the server calls {@code id}; empty where there is none that nobody waits for. */
    synchronized Optional<Entry> claimOpen(String id, Clock clock) throws IOException {
        Instant now = clock.instant();
        return log(now).exclusively(session -> {
            Optional<Entry> open =
                    free(now).filter(entry -> serverId(entry).equals(id)).findFirst();
            return open.isPresent() ? Optional.of(take(session, open.get(), now)) : Optional.empty();
        });
    }

    /** The accepted jobs that nobody waits for, oldest first. */
    synchronized List<Entry> open(Clock clock) throws IOException {
        return free(clock.instant()).toList();
    }

    private Stream<Entry> free(Instant now) throws IOException {
        return read(now).values().stream().filter(entry -> entry.state() == State.ACCEPTED && isFree(entry));
    }

    private static String serverId(Entry entry) {
        return entry.ticket().map(JobTicket::id).orElse("");
    }

    private Entry take(LineLog.Session session, Entry open, Instant now) throws IOException {
        Map<String, Object> line = line("taken", open.job(), now);
        putOwner(line);
        session.append(line);
        held.add(open.job());
        return open.takenBy(process, instance);
    }

    /** Whether nobody waits for it: its process is gone, its log closed, or we ourselves gave up. */
    private boolean isFree(Entry entry) {
        if (entry.state() == State.ENDED || held.contains(entry.job()) || delivered.containsKey(entry.job())) {
            return false;
        }
        return entry.owner().equals(process)
                ? entry.ownerInstance().equals(instance) || !OPEN_HERE.contains(entry.ownerInstance())
                : !entry.owner().isAlive();
    }

    /** Whether this log submitted or took {@code entry}. */
    boolean isOwn(Entry entry) {
        return entry.owner().equals(process) && entry.ownerInstance().equals(instance);
    }

    /**
     * Writes down by what the server knows {@code entry}; returns when the disk has it.
     *
     * @throws IOException if that cannot be written; the job exists all the same
     */
    void accepted(Entry entry, JobTicket ticket, Clock clock) throws IOException {
        Instant now = clock.instant();
        Map<String, Object> line = line("accepted", entry.job(), now);
        line.put("id", ticket.id());
        line.put("status", ticket.statusUrl());
        line.put("result", ticket.resultUrl());
        line.put("cancel", ticket.cancelUrl());
        ticket.dollars().ifPresent(dollars -> line.put("dollars", dollars.toPlainString()));
        log(now).append(line);
    }

    /** Nobody waits for the job any more, but the server goes on with it. */
    synchronized void release(Entry entry) {
        held.remove(entry.job());
    }

    /** The pictures are with the caller, who has a while to keep them. */
    synchronized void delivered(Entry entry, Clock clock) {
        held.remove(entry.job());
        delivered.put(entry.job(), clock.instant());
    }

    /** The job was not accepted, failed or was cancelled: nobody will ask for it again. */
    synchronized void ended(Entry entry, Clock clock) {
        held.remove(entry.job());
        end(entry.job(), clock.instant());
    }

    private void forgetDelivered(Instant now) {
        delivered.entrySet().removeIf(each -> {
            boolean old = !each.getValue().plus(KEEPING).isAfter(now);
            if (old) {
                end(each.getKey(), now);
            }
            return old;
        });
    }

    /** A word that need not wait for the disk: where it is lost, the pictures can be fetched once more. */
    private void end(String job, Instant now) {
        try {
            log(now).appendUnforced(line("ended", job, now));
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "that a job has ended cannot be written to " + directory + "; it may be asked for once more",
                    e);
        }
    }

    private static Map<String, Object> line(String event, String job, Instant now) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.put("at", now);
        line.put("job", job);
        return line;
    }

    private void putOwner(Map<String, Object> line) {
        line.put("pid", process.pid());
        line.put("processStart", process.start());
        line.put("instance", instance);
    }

    private LineLog log(Instant moment) {
        YearMonth month = YearMonth.from(moment.atZone(ZoneOffset.UTC));
        return new LineLog(directory.resolve("jobs-" + month + ".jsonl"), files);
    }

    /** What this month's log and that of a week ago hold, oldest first. */
    private Map<String, Entry> read(Instant now) throws IOException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        YearMonth before = YearMonth.from(now.minus(KEPT).atZone(ZoneOffset.UTC));
        if (!before.equals(YearMonth.from(now.atZone(ZoneOffset.UTC)))) {
            log(now.minus(KEPT)).read(0, line -> take(line, entries));
        }
        log(now).read(0, line -> take(line, entries));
        entries.values().removeIf(entry -> entry.at().isBefore(now.minus(KEPT)));
        return entries;
    }

    private void take(Map<String, String> line, Map<String, Entry> entries) {
        String job = line.getOrDefault("job", "");
        @Nullable Entry known = entries.get(job);
        String event = line.getOrDefault("event", "");
        if (event.equals("submitting")) {
            if (generator.equals(line.get("generator"))) {
                entries.put(job, submitting(job, line));
            }
        } else if (known != null) {
            entries.put(job, next(known, event, line));
        }
    }

    private static Entry next(Entry known, String event, Map<String, String> line) {
        return switch (event) {
            case "accepted" -> known.accepted(ticket(line));
            case "taken" -> known.takenBy(owner(line), line.getOrDefault("instance", ""));
            case "ended" -> known.with(State.ENDED);
            default -> known;
        };
    }

    private static Entry submitting(String job, Map<String, String> line) {
        return new Entry(
                job,
                line.getOrDefault("digest", ""),
                line.getOrDefault("request", ""),
                Instant.parse(line.getOrDefault("at", "")),
                State.SUBMITTING,
                Optional.empty(),
                owner(line),
                line.getOrDefault("instance", ""));
    }

    private static ProcessMark owner(Map<String, String> line) {
        return new ProcessMark(Long.parseLong(line.getOrDefault("pid", "0")), line.getOrDefault("processStart", ""));
    }

    private static JobTicket ticket(Map<String, String> line) {
        return new JobTicket(
                line.getOrDefault("id", ""),
                line.getOrDefault("status", ""),
                line.getOrDefault("result", ""),
                line.getOrDefault("cancel", ""),
                Optional.ofNullable(line.get("dollars")).map(BigDecimal::new));
    }

    /** What was delivered is delivered for good; open jobs are anybody's. */
    @Override
    public synchronized void close() {
        OPEN_HERE.remove(instance);
        delivered.forEach((job, at) -> end(job, at));
        delivered.clear();
    }

    @Override
    public String toString() {
        return "JobLog[" + directory + "]";
    }
}
