package dev.triptych;

import dev.triptych.internal.SteadyClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What travels beside a request and does not change the picture: deadline, listener, cancellation, request id and
 * negotiation mode. No part of a cache key. Thread-safe.
 */
public final class GenerationContext {

    private static final System.Logger LOG = System.getLogger(GenerationContext.class.getName());

    private final Clock clock;
    private final @Nullable Instant deadline;
    private final GenerationListener listener;
    private final Cancellation cancellation;
    private final String requestId;
    private final NegotiationMode negotiation;
    private final Map<Class<?>, Object> attachments;
    private final AtomicBoolean listening;

    private GenerationContext(Builder builder) {
        this.clock = builder.clock;
        this.deadline = builder.deadline;
        this.listener = builder.listener;
        this.cancellation = builder.cancellation;
        this.requestId = builder.requestId == null ? UUID.randomUUID().toString() : builder.requestId;
        this.negotiation = builder.negotiation;
        this.attachments = builder.attachments;
        this.listening = builder.listening;
    }

    /** A context without deadline or listener, adapting. */
    public static GenerationContext create() {
        return builder().build();
    }

    /** A context with nothing set yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts with everything of this context, request id and cancellation included. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.clock = clock;
        builder.deadline = deadline;
        builder.listener = listener;
        builder.cancellation = cancellation;
        builder.requestId = requestId;
        builder.negotiation = negotiation;
        builder.attachments = attachments;
        builder.listening = listening;
        return builder;
    }

    /** When the result is no longer wanted. */
    public Optional<Instant> deadline() {
        return Optional.ofNullable(deadline);
    }

    /** The time left until the deadline, never negative; empty where there is none. */
    public Optional<Duration> remaining() {
        if (deadline == null) {
            return Optional.empty();
        }
        Duration left = Duration.between(clock.instant(), deadline);
        return Optional.of(left.isNegative() ? Duration.ZERO : left);
    }

    /** Where time comes from. */
    public Clock clock() {
        return clock;
    }

    /** The wish to stop. */
    public Cancellation cancellation() {
        return cancellation;
    }

    /** Our own id of this request, for logs and journals. */
    public String requestId() {
        return requestId;
    }

    /** What happens when the request asks for something the generator cannot do. */
    public NegotiationMode negotiation() {
        return negotiation;
    }

    /** What an outer generator of a chain left here for an inner one. */
    public <T> Optional<T> attachment(Class<T> type) {
        return Optional.ofNullable(attachments.get(type)).map(type::cast);
    }

    /**
     * Tells the listener, on this thread, which must hold no lock. Whatever the listener throws is logged once, and it
     * hears no more.
     */
    public void emit(GenerationEvent event) {
        if (!listening.get()) {
            return;
        }
        RunningCalls.within(attachment(RunningCalls.Call.class).orElse(null), () -> tell(event));
    }

    private void tell(GenerationEvent event) {
        try {
            listener.onEvent(event);
        } catch (Throwable e) { // a paid picture is worth more than a listener, whatever happened to that
            if (listening.getAndSet(false)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the listener of request " + requestId + " failed and hears no more",
                        e);
            }
        }
    }

    /**
     * Goes on only while the result is still wanted.
     *
     * @throws GenerationCancelledException if the context was cancelled or this thread interrupted
     * @throws ProviderUnavailableException with {@code outcome} if the deadline has passed
     */
    public void checkActive(String providerId, Outcome outcome) {
        if (cancellation.isCancelled()) {
            throw new GenerationCancelledException("generation was cancelled", ErrorOrigin.of(providerId, outcome));
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new GenerationCancelledException("generation was interrupted", ErrorOrigin.of(providerId, outcome));
        }
        if (deadline != null && !clock.instant().isBefore(deadline)) {
            throw new ProviderUnavailableException(
                    "generation must end by its deadline but the time is up", ErrorOrigin.of(providerId, outcome));
        }
    }

    /** Collects the parts of a context. Not thread-safe. */
    public static final class Builder {
        private Clock clock = SteadyClock.startingNow();
        private @Nullable Instant deadline;
        private GenerationListener listener = GenerationListener.none();
        private Cancellation cancellation = new Cancellation();
        private @Nullable String requestId;
        private NegotiationMode negotiation = NegotiationMode.ADAPT;
        private Map<Class<?>, Object> attachments = Map.of();
        private AtomicBoolean listening = new AtomicBoolean(true);

        private Builder() {}

        /** Where time comes from; the system's by default. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** When the result is no longer wanted; never by default. */
        public Builder deadline(Instant value) {
            deadline = value;
            return this;
        }

        /** The deadline as a time from now, by the clock given before. */
        public Builder timeout(Duration value) {
            return deadline(clock.instant().plus(value));
        }

        /** Who hears the events. */
        public Builder listener(GenerationListener value) {
            listener = value;
            listening = new AtomicBoolean(true);
            return this;
        }

        /** A cancellation that somebody else holds too. */
        public Builder cancellation(Cancellation value) {
            cancellation = value;
            return this;
        }

        /** Our own id of the request; random by default. */
        public Builder requestId(String value) {
            requestId = value;
            return this;
        }

        /** Adapt (the default) or be strict. */
        public Builder negotiation(NegotiationMode value) {
            negotiation = value;
            return this;
        }

        /** Leaves {@code value} for an inner generator of a chain, in place of an earlier one of its type. */
        public <T> Builder attach(Class<T> type, T value) {
            Map<Class<?>, Object> more = new HashMap<>(attachments);
            more.put(type, value);
            attachments = Map.copyOf(more);
            return this;
        }

        /** The context. */
        public GenerationContext build() {
            return new GenerationContext(this);
        }
    }
}
