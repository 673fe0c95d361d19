package dev.triptych.testkit;

import dev.triptych.Cancellation;
import dev.triptych.Capabilities;
import dev.triptych.Cost;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.Negotiation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.RequestJson;
import dev.triptych.RunningCalls;
import dev.triptych.SizeRule;
import java.awt.Color;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A generator that does what a test tells it: it makes small real pictures, fails the calls it is told to fail, blocks
 * until it is released, and counts. Thread-safe. It keeps the contract of a provider.
 *
 * <pre>{@code
 * FaultyGenerator generator = FaultyGenerator.named("studio")
 *         .failCall(1, new ProviderUnavailableException("no route", ErrorOrigin.of("faulty", Outcome.NOT_SENT)));
 * }</pre>
 */
public final class FaultyGenerator implements ImageGenerator {

    /** Its provider id, and the prefix of its one option, {@code faulty.known}. */
    public static final String PROVIDER = "faulty";

    private static final long PATIENCE_SECONDS = 30;

    private final GeneratorInfo info;
    private final Capabilities capabilities;
    private final RunningCalls calls = new RunningCalls(this::info);

    // Guarded by this.
    private final Map<Integer, RuntimeException> failures = new HashMap<>();
    private final Map<Integer, ImageGenerationException> imageFailures = new TreeMap<>();
    private final List<ImageRequest> requests = new ArrayList<>();
    private final List<GenerationWarning> said = new ArrayList<>();
    private @Nullable RuntimeException failure;
    private @Nullable Cost cost;
    private @Nullable ImageSize paintedSize;
    private int mostPictures = ImageRequest.MAX_COUNT;
    private int atOnce = Integer.MAX_VALUE;
    private int prepared;
    private int queued;
    private boolean blocking;
    private int blocked;
    private int running;
    private int mostRunning;
    private int closed;

    private FaultyGenerator(GeneratorInfo info, Capabilities capabilities) {
        this.info = info;
        this.capabilities = capabilities;
    }

    /** A free, local generator with deterministic seeds that succeeds. */
    public static FaultyGenerator named(String name) {
        return of(name, standardCapabilities().build());
    }

    /** A billed generator that succeeds. */
    public static FaultyGenerator billed(String name) {
        return of(name, standardCapabilities().costClass(CostClass.BILLED).build());
    }

    /** A generator with {@code capabilities}; start from {@link #standardCapabilities()}. */
    public static FaultyGenerator of(String name, Capabilities capabilities) {
        return new FaultyGenerator(new GeneratorInfo(name, PROVIDER, "tiny", "1", true), capabilities);
    }

    /** What {@link #named} can do: up to 4 pictures of 8 to 2048 pixels, a seed, steps and a guidance scale. */
    public static Capabilities.Builder standardCapabilities() {
        return Capabilities.builder()
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE)
                .maxImagesPerCall(4)
                .sizes(SizeRule.multiplesOf(8, 8, 2048, ImageSize.square(8)))
                .options(PROVIDER, Set.of(PROVIDER + ".known"))
                .deterministicSeeds(true)
                .costClass(CostClass.FREE);
    }

    /** Fails call number {@code call}, from 1, with {@code error}. */
    public synchronized FaultyGenerator failCall(int call, RuntimeException error) {
        failures.put(call, error);
        return this;
    }

    /** Fails the calls after those made so far with {@code errors}, one each, and then succeeds. */
    public synchronized FaultyGenerator failNext(RuntimeException... errors) {
        for (int i = 0; i < errors.length; i++) {
            failures.put(requests.size() + 1 + i, errors[i]);
        }
        return this;
    }

    /** Fails every call from now on with {@code error}, but for those that {@link #failCall} names. */
    public synchronized FaultyGenerator failAlways(RuntimeException error) {
        failure = error;
        return this;
    }

    /** Succeeds again. */
    public synchronized FaultyGenerator recover() {
        failure = null;
        failures.clear();
        imageFailures.clear();
        return this;
    }

    /** Leaves out picture {@code index}, from 0, of every call with more than one picture. */
    public synchronized FaultyGenerator failImage(int index, ImageGenerationException error) {
        imageFailures.put(index, error);
        return this;
    }

    /** Says that each call cost {@code value}. */
    public synchronized FaultyGenerator costing(Cost value) {
        cost = value;
        return this;
    }

    /** Gives at most {@code pictures} a call, however many are asked for, and says nothing of the others. */
    public synchronized FaultyGenerator givingAtMost(int pictures) {
        mostPictures = pictures;
        return this;
    }

    /** Paints pictures of this size, whatever is asked for, and says nothing of it. */
    public synchronized FaultyGenerator painting(ImageSize size) {
        paintedSize = size;
        return this;
    }

    /** Says {@code warning} of every result. */
    public synchronized FaultyGenerator saying(GenerationWarning warning) {
        said.add(warning);
        return this;
    }

    /** Works on {@code number} calls at the same time; others wait in its queue. */
    public synchronized FaultyGenerator working(int number) {
        atOnce = number;
        return this;
    }

    /** How often it was prepared. */
    public synchronized int prepareCount() {
        return prepared;
    }

    /** Lets calls wait, after they have started, until {@link #release()}, cancellation, interrupt or deadline. */
    public synchronized FaultyGenerator block() {
        blocking = true;
        return this;
    }

    /** Lets blocked calls go on, and later ones through. */
    public synchronized void release() {
        blocking = false;
        notifyAll();
    }

    /** Waits until {@code count} calls are blocked. */
    public synchronized void awaitBlocked(int count) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (blocked < count) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("expected " + count + " blocked calls but found " + blocked);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** How many calls were made, failed ones included; a refused request (count, operation) is none. */
    public synchronized int calls() {
        return requests.size();
    }

    /** The effective request of each call. */
    public synchronized List<ImageRequest> requests() {
        return List.copyOf(requests);
    }

    /** The most calls that ever ran at the same time. */
    public synchronized int mostRunning() {
        return mostRunning;
    }

    /** How often it was closed. */
    public synchronized int closeCount() {
        return closed;
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        return calls.run(context, call -> generate(request, call));
    }

    private ImageResult generate(ImageRequest request, RunningCalls.Call call) {
        GenerationContext context = call.context();
        Negotiation.Negotiated negotiated =
                Negotiation.negotiate(request, capabilities, context.negotiation(), PROVIDER);
        context.checkActive(PROVIDER, Outcome.NOT_SENT);
        awaitTurn(context);
        try {
            call.begin(capabilities.costClass());
            int number = begin(negotiated.request());
            context.emit(new GenerationEvent.Started(info));
            context.checkActive(PROVIDER, Outcome.UNKNOWN);
            awaitRelease(context);
            failIfTold(number);
            return result(number, negotiated, context);
        } finally {
            end();
        }
    }

    /** Takes a place among the calls that are worked on, or waits for one. */
    private void awaitTurn(GenerationContext context) {
        OptionalInt before = placeOrQueue();
        if (before.isPresent()) {
            context.emit(new GenerationEvent.Queued(before.getAsInt()));
            await(context, Outcome.NOT_SENT, () -> waitForTurn(context));
        }
    }

    /** Takes a place, or says how many are before in the queue. */
    private synchronized OptionalInt placeOrQueue() {
        if (running >= atOnce) {
            return OptionalInt.of(queued++);
        }
        enter();
        return OptionalInt.empty();
    }

    private synchronized void waitForTurn(GenerationContext context) throws InterruptedException {
        try {
            while (running >= atOnce) {
                waitABit(context, Outcome.NOT_SENT);
            }
            enter();
        } finally {
            queued--;
        }
    }

    private void enter() {
        running++;
        mostRunning = Math.max(mostRunning, running);
    }

    private synchronized int begin(ImageRequest request) {
        requests.add(request);
        return requests.size();
    }

    private synchronized void end() {
        running--;
        notifyAll();
    }

    private void awaitRelease(GenerationContext context) {
        await(context, Outcome.UNKNOWN, () -> waitForRelease(context));
    }

    private synchronized void waitForRelease(GenerationContext context) throws InterruptedException {
        blocked++;
        notifyAll();
        try {
            while (blocking) {
                waitABit(context, Outcome.UNKNOWN);
            }
            context.checkActive(PROVIDER, Outcome.UNKNOWN);
        } finally {
            blocked--;
        }
    }

    /** Something that waits under the lock. */
    @FunctionalInterface
    private interface Waiting {
        void run() throws InterruptedException;
    }

    @SuppressWarnings("try") // the registration is there to be closed
    private void await(GenerationContext context, Outcome outcome, Waiting waiting) {
        try (Cancellation.Registration waking = context.cancellation().onCancel(this::wake)) {
            waiting.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException("generation was interrupted", ErrorOrigin.of(PROVIDER, outcome), e);
        }
    }

    private synchronized void wake() {
        notifyAll();
    }

    private void waitABit(GenerationContext context, Outcome outcome) throws InterruptedException {
        context.checkActive(PROVIDER, outcome);
        Duration left = context.remaining().orElse(Duration.ofSeconds(PATIENCE_SECONDS));
        TimeUnit.MILLISECONDS.timedWait(this, Math.max(1, left.toMillis()));
    }

    private synchronized void failIfTold(int call) {
        RuntimeException told = failures.getOrDefault(call, failure);
        if (told != null) {
            throw told;
        }
    }

    private ImageResult result(int call, Negotiation.Negotiated negotiated, GenerationContext context) {
        ImageRequest request = negotiated.request();
        List<GeneratedImage> images = new ArrayList<>();
        List<ImageFailure> failed = new ArrayList<>();
        for (int i = 0; i < request.count(); i++) {
            ImageGenerationException error = imageFailure(i);
            if (error != null && request.count() > 1) {
                failed.add(new ImageFailure(i, error));
            } else {
                images.add(picture(request, request.seed().orElse(1000L * call) + i));
            }
            context.emit(new GenerationEvent.Progress(i + 1, request.count()));
        }
        return new ImageResult(
                asManyAsItGives(images),
                failed,
                warnings(negotiated),
                Optional.empty(),
                cost(),
                ExecutionRecord.of(info, context, request, Duration.ofMillis(1)));
    }

    private synchronized List<GenerationWarning> warnings(Negotiation.Negotiated negotiated) {
        List<GenerationWarning> all = new ArrayList<>(negotiated.warnings());
        all.addAll(said);
        return all;
    }

    private synchronized @Nullable ImageGenerationException imageFailure(int index) {
        return imageFailures.get(index);
    }

    private synchronized List<GeneratedImage> asManyAsItGives(List<GeneratedImage> images) {
        return images.subList(0, Math.min(images.size(), mostPictures));
    }

    private synchronized Optional<ImageSize> paintedSize() {
        return Optional.ofNullable(paintedSize);
    }

    private synchronized Optional<Cost> cost() {
        return Optional.ofNullable(cost);
    }

    /** A picture whose colour follows from the request and the seed. */
    private GeneratedImage picture(ImageRequest request, long seed) {
        ImageSize size =
                paintedSize().or(request::size).orElse(capabilities.sizes().standard());
        String hash = RequestJson.sha256(request.toBuilder().count(1).seed(seed).build());
        Color color = new Color(Integer.parseInt(hash.substring(0, 6), 16));
        return GeneratedImage.of(TestPictures.png(size.width(), size.height(), color))
                .withSeed(seed);
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public GeneratorInfo info() {
        return info;
    }

    @Override
    public void prepare(GenerationContext context) {
        calls.run(context, call -> {
            call.begin(CostClass.FREE);
            call.context().checkActive(PROVIDER, Outcome.NOT_SENT);
            countPrepared();
            call.context().emit(new GenerationEvent.Loading("model", 1));
            return true;
        });
    }

    private synchronized void countPrepared() {
        prepared++;
    }

    @Override
    public void close() {
        calls.close(this::countClosed);
    }

    private synchronized void countClosed() {
        closed++;
    }

    @Override
    public String toString() {
        return "FaultyGenerator[" + info.name() + "]";
    }
}
