package dev.triptych.discord;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Follows the open jobs: messages, edits and deletions go in, the state of jobs comes out. It holds no thread, no
 * socket and no clock; whoever waits for a job waits on this object, and is notified of each change. Thread-safe.
 *
 * <p>Every rule by which a message belongs to a job is an exact key; the words of a prompt are none, since bots rewrite
 * them. A message that fits two jobs is held and given to neither.
 *
 * <p>Keys, in order: the job that the message names; the message that it answers; a message already known as a job's
 * progress; a person's own word (an import). Only in handoff mode, where the other side knows nothing of us: the
 * pressed message and its tile, and then the seed.
 */
final class JobTracker {

    /** How many messages are remembered that belonged to no job yet, or to one already. */
    private static final int MEMORY = 4000;

    private final Set<String> trusted;
    private final boolean weakPartner;
    private final boolean onlyImports;
    private final Map<String, Job> open = new LinkedHashMap<>();
    private final Map<String, String> imports = lru();
    /** Message id → a job that it may have belonged to, and that ended without a result. */
    private final Map<String, String> contested = lru();
    /** Message id → the job that it belongs to. */
    private final Map<String, String> owners = lru();
    /** Trusted messages that fit no job so far; a job may learn later that they are its own. */
    private final Map<String, Message> orphans = lru();

    private boolean ready;
    private String self = "";
    private String newest = "0";
    private @Nullable CloseCode stopped;
    private String stopReason = "";

    /**
     * A tracker that believes only {@code trusted} authors.
     *
     * @param weakPartner whether the other side answers without naming our message, as in handoff mode
     * @param onlyImports whether a result counts only when a person points at it
     */
    JobTracker(Set<String> trusted, boolean weakPartner, boolean onlyImports) {
        this.trusted = Set.copyOf(trusted);
        this.weakPartner = weakPartner;
        this.onlyImports = onlyImports;
    }

    private static <V> Map<String, V> lru() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > MEMORY;
            }
        };
    }

    // What the relay does.

    /** Who we are: our own messages tell which job they are for. */
    synchronized void self(String id) {
        self = id;
    }

    /** The newest message of the channel that we know of. */
    synchronized String newest() {
        return newest;
    }

    synchronized void sawMessage(String id) {
        if (Snowflake.isId(id) && Snowflake.compare(id, newest) > 0) {
            newest = id;
        }
    }

    synchronized void add(Job job) {
        open.put(job.id, job);
    }

    /**
     * Nobody waits for {@code job} any more. Where it ends without a result, messages that may have been its own stay
     * contested: that one candidate gave up says nothing for the other.
     */
    synchronized void remove(Job job) {
        open.remove(job.id);
        if (job.result == null) {
            job.held.keySet().forEach(message -> contested.put(message, job.id));
        }
    }

    synchronized Optional<Job> find(String id) {
        return Optional.ofNullable(open.get(id));
    }

    /** The open imagine jobs with this seed. */
    synchronized List<Job> withSeed(long seed) {
        return open.values().stream()
                .filter(job -> job.plan.isImagine() && job.plan.seed().equals(OptionalLong.of(seed)))
                .toList();
    }

    boolean trusts(String author) {
        return trusted.contains(author);
    }

    synchronized List<Job> openJobs() {
        return List.copyOf(open.values());
    }

    /** A message older than every open job that still lacks its result. */
    synchronized Optional<String> oldestOpen() {
        return open.values().stream()
                .filter(job -> job.result == null)
                .map(job -> job.plan.after())
                .min(Snowflake::compare);
    }

    /** A message that was given to a job in an earlier life of this process. */
    synchronized void remember(String messageId, String jobId) {
        owners.put(messageId, jobId);
    }

    /** Tells {@code job} which message asked for it; answers that came earlier find it now. */
    synchronized void bind(Job job, String messageId, long now) {
        if (job.requestMessage.isEmpty()) {
            job.requestMessage = messageId;
            touch(job);
            sawMessage(messageId);
            offerOrphans(now);
        }
    }

    /** The message that asked for {@code job}, if it is known to be on Discord. */
    synchronized Optional<String> requestMessage(Job job) {
        return job.requestMessage.isEmpty() ? Optional.empty() : Optional.of(job.requestMessage);
    }

    /** A person says that {@code message} is the result of {@code job}. */
    synchronized void importInto(Job job, Message message, long now) {
        imports.put(message.id(), job.id);
        owners.remove(message.id());
        job.versions.remove(message.id());
        apply(message, true, now);
    }

    /** Events flow. */
    synchronized void ready() {
        ready = true;
        notifyAll();
    }

    /** Whether events have begun to flow. */
    synchronized boolean isReady() {
        return ready;
    }

    /** The gateway will not come back. */
    synchronized void stop(CloseCode code, String reason) {
        stopped = code;
        stopReason = reason;
        notifyAll();
    }

    /** Why the gateway will not come back. */
    record Stopped(CloseCode code, String reason) {}

    synchronized Optional<Stopped> stopped() {
        return stopped == null ? Optional.empty() : Optional.of(new Stopped(stopped, stopReason));
    }

    /** The state of {@code job} now. */
    synchronized Job.Snapshot snapshot(Job job) {
        return job.snapshot();
    }

    /** Wakes every waiting thread, so that it looks whether it has had enough. */
    synchronized void wake() {
        notifyAll();
    }

    // What Discord says.

    /** A message was made or edited, or was read again. Saying the same thing twice changes nothing. */
    synchronized void offer(Message message, long now) {
        sawMessage(message.id());
        if (message.author().equals(self)) {
            recogniseOwn(message, now);
        } else if (trusted.contains(message.author()) && !onlyImports) {
            apply(message, false, now);
        }
    }

    /** A message was deleted: one that asks for a job, or one that tells of its progress. */
    synchronized void deleted(String messageId, long now) {
        orphans.remove(messageId);
        for (Job job : open.values()) {
            if (job.isFinal()) {
                continue;
            }
            if (job.requestMessage.equals(messageId) && !job.requestDeleted) {
                job.requestDeleted = true;
                touch(job);
            } else if (job.progressMessage.equals(messageId) && job.withdrawnAt == Long.MAX_VALUE) {
                job.withdrawnAt = now;
                touch(job);
            }
        }
    }

    /** The messages that the open jobs hang on: their requests, and what tells of their progress. */
    synchronized List<String> messagesToWatch() {
        List<String> ids = new ArrayList<>();
        for (Job job : open.values()) {
            if (!job.isFinal() && !job.requestMessage.isEmpty() && !job.requestDeleted) {
                ids.add(job.requestMessage);
            }
            if (!job.isFinal() && !job.progressMessage.isEmpty() && job.withdrawnAt == Long.MAX_VALUE) {
                ids.add(job.progressMessage);
            }
        }
        return ids;
    }

    /** The channel is gone, or closed to us: no open job can come to anything. */
    synchronized void lostChannel(RestFailure reason) {
        for (Job job : open.values()) {
            if (!job.isFinal() && job.channelLost == null) {
                job.channelLost = reason;
                touch(job);
            }
        }
    }

    private void recogniseOwn(Message message, long now) {
        for (Job job : List.copyOf(open.values())) {
            if (job.requestMessage.isEmpty() && asksFor(job, message)) {
                bind(job, message.id(), now);
            }
        }
    }

    /** Whether {@code message} is ours and asks for {@code job}. */
    synchronized boolean asksFor(Job job, Message message) {
        boolean named = message.nonce().equals(job.nonce()) || Dialect.names(message.content(), job.id);
        return message.author().equals(self) && named;
    }

    private void offerOrphans(long now) {
        for (Message orphan : new ArrayList<>(orphans.values())) {
            apply(orphan, false, now);
        }
    }

    private void apply(Message message, boolean imported, long now) {
        BotSignal signal = BotMessageParser.parse(message);
        if (contested.containsKey(message.id()) && !imports.containsKey(message.id())) {
            return;
        }
        Set<Job> fitting = jobsOf(message, signal);
        if (fitting.isEmpty()) {
            if (!owners.containsKey(message.id())) {
                orphans.put(message.id(), message);
            }
            return;
        }
        if (fitting.size() > 1) {
            hold(message, signal, fitting, now);
            return;
        }
        Job job = fitting.iterator().next();
        orphans.remove(message.id());
        String seen = job.versions.get(message.id());
        if (seen != null && seen.compareTo(message.edited()) >= 0) {
            return;
        }
        if (message.withheld()) {
            noteBlank(job, message);
            return;
        }
        job.versions.put(message.id(), message.edited());
        owners.put(message.id(), job.id);
        if (!job.isFinal()) {
            job.blank = false;
            release(message);
            apply(message, signal, job, imported);
            touch(job);
        }
    }

    /** Discord kept the content back; the channel may tell it, and if not there is no use in waiting. */
    private void noteBlank(Job job, Message message) {
        boolean isNew = !message.edited().equals(job.withheld.put(message.id(), message.edited()));
        if (!job.isFinal() && (isNew || !job.blank)) {
            job.blank = true;
            touch(job);
        }
    }

    private static void apply(Message message, BotSignal signal, Job job, boolean imported) {
        if (imported && !message.images().isEmpty()) {
            job.result = message;
            job.resultSignal = signal;
            return;
        }
        switch (signal.kind()) {
            case QUEUED -> {
                job.position = signal.position() < 0 ? job.position : signal.position();
                job.tellsProgress(message.id());
            }
            case PROGRESS -> {
                job.tellsProgress(message.id());
                if (signal.percent() > job.percent) {
                    job.percent = signal.percent();
                    job.preview = message.images().isEmpty()
                            ? job.preview
                            : message.images().get(0);
                }
            }
            case DONE -> {
                job.result = message;
                job.resultSignal = signal;
            }
            case FAILED -> job.failure = signal;
            case UNKNOWN -> {
                // Words that we do not know are no reason to end a job, nor to believe it done.
            }
        }
    }

    private void touch(Job job) {
        job.version++;
        notifyAll();
    }

    // Whose message is it?

    private Set<Job> jobsOf(Message message, BotSignal signal) {
        Set<Job> strong = new LinkedHashSet<>();
        addIfOpen(strong, signal.job());
        addIfOpen(strong, owners.getOrDefault(message.id(), ""));
        addIfOpen(strong, imports.getOrDefault(message.id(), ""));
        addAll(strong, job -> job.progressMessage.equals(message.id()));
        if (!message.referenceId().isEmpty()) {
            addAll(strong, job -> job.requestMessage.equals(message.referenceId()));
            addAll(strong, job -> job.progressMessage.equals(message.referenceId()));
        }
        if (!strong.isEmpty()
                || !weakPartner
                || owners.containsKey(message.id())
                || !signal.job().isEmpty()) {
            return strong;
        }
        Set<Job> byPress = new LinkedHashSet<>();
        addAll(byPress, job -> answersPress(job, message, signal));
        if (!byPress.isEmpty()) {
            return byPress;
        }
        Set<Job> bySeed = new LinkedHashSet<>();
        addAll(bySeed, job -> answersSeed(job, message, signal));
        return bySeed;
    }

    private static boolean answersPress(Job job, Message message, BotSignal signal) {
        boolean upscale = job.plan.action().startsWith("U");
        return !job.plan.parent().isEmpty()
                && job.plan.parent().equals(message.referenceId())
                && isAfter(message, job)
                && signal.single() == upscale
                && (signal.tile() == 0 || signal.tile() == job.plan.tile());
    }

    private static boolean answersSeed(Job job, Message message, BotSignal signal) {
        return job.plan.isImagine()
                && !signal.single()
                && signal.seed().isPresent()
                && signal.seed().equals(job.plan.seed())
                && message.referenceId().isEmpty()
                && isAfter(message, job);
    }

    private static boolean isAfter(Message message, Job job) {
        String from = job.requestMessage.isEmpty() ? job.plan.after() : job.requestMessage;
        return Snowflake.compare(message.id(), from) > 0;
    }

    private void addIfOpen(Set<Job> into, String jobId) {
        Job job = open.get(jobId);
        if (job != null) {
            into.add(job);
        }
    }

    private void addAll(Set<Job> into, Predicate<Job> rule) {
        for (Job job : open.values()) {
            if (rule.test(job)) {
                into.add(job);
            }
        }
    }

    // Messages that fit several jobs.

    private void hold(Message message, BotSignal signal, Collection<Job> fitting, long now) {
        if (signal.kind() != BotSignal.Kind.DONE && signal.kind() != BotSignal.Kind.FAILED) {
            return;
        }
        String all = fitting.stream().map(job -> job.id).collect(Collectors.joining(", "));
        for (Job job : fitting) {
            if (!job.isFinal() && job.held.put(message.id(), all) == null) {
                job.heldSince = Math.min(job.heldSince, now);
                touch(job);
            }
        }
    }

    private void release(Message message) {
        for (Job job : open.values()) {
            if (job.held.remove(message.id()) != null && job.held.isEmpty()) {
                job.heldSince = Long.MAX_VALUE;
            }
        }
    }
}
