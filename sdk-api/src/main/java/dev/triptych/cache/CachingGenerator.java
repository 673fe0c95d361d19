package dev.triptych.cache;

import dev.triptych.CacheStatus;
import dev.triptych.ExecutionRecord;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RunningCalls;
import dev.triptych.internal.Stopwatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A generator that does not make the same picture twice. Thread-safe.
 *
 * <p>A picture is kept under the name of the generator that made it: one that a fallback made is not kept, since the
 * first choice would make another. Partial results are not kept either.
 */
public final class CachingGenerator extends ForwardingGenerator {

    private static final System.Logger LOG = System.getLogger(CachingGenerator.class.getName());

    private final PictureCache cache;
    private final RequestKeys keys;

    /** {@code next} behind {@code cache}, by the cache's policy. */
    public CachingGenerator(ImageGenerator next, PictureCache cache) {
        this(next, cache, cache.policy(), "");
    }

    /**
     * {@code next} behind {@code cache}, by a policy of its own.
     *
     * @param settings what decides about its pictures beside provider, model, revision and request, such as its own
     *     defaults: two generators that differ in it share no picture. Holds no secret
     */
    public CachingGenerator(ImageGenerator next, PictureCache cache, CachePolicy policy, String settings) {
        super(next);
        this.cache = cache;
        this.keys = new RequestKeys(next, policy, settings);
    }

    @Override
    protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
        Optional<KeyedRequest> keyed = keyed(request, call);
        return keyed.isEmpty() ? forward(request, call) : serve(keyed.get(), request, call);
    }

    /**
     * The key of {@code request}, where the cache may keep its pictures. A generator that only knows its own revision
     * once it is loaded is loaded first, so that no picture of another revision is served.
     */
    private Optional<KeyedRequest> keyed(ImageRequest request, RunningCalls.Call call) {
        try {
            if (keys.mayKeep(request) && next().capabilities().provisional()) {
                next().prepare(call.passOn());
            }
            return keys.key(request, call.caller().negotiation());
        } catch (GenerationCancelledException e) {
            throw e;
        } catch (ImageGenerationException e) {
            LOG.log(System.Logger.Level.DEBUG, "the cache is passed by, since a generator cannot say what it is", e);
            return Optional.empty();
        }
    }

    private ImageResult serve(KeyedRequest keyed, ImageRequest request, RunningCalls.Call call) {
        GenerationContext context = call.caller();
        Stopwatch time = Stopwatch.started(context.clock());
        while (true) {
            Optional<CachedResult> inMemory = cache.inMemory(keyed.key());
            if (inMemory.isPresent()) {
                return hit(inMemory.get(), keyed, context, time);
            }
            InFlightRequests.Joined joined = cache.inFlight().join(keyed.key());
            if (joined.leads()) {
                return lead(joined.inFlight(), keyed, request, call, time);
            }
            call.await(Outcome.NOT_SENT);
            Optional<ImageResult> shared = joined.inFlight().await(context, info().provider());
            if (shared.isPresent()) {
                cache.countFollowed();
                return follower(shared.get(), keyed, context, time);
            }
        }
    }

    private ImageResult lead(
            InFlightRequests.InFlight inFlight,
            KeyedRequest keyed,
            ImageRequest request,
            RunningCalls.Call call,
            Stopwatch time) {
        try {
            Optional<CachedResult> found =
                    cache.inMemory(keyed.key()).or(() -> cache.inSlowerTiers(keyed.key(), keyed.effective()));
            if (found.isPresent()) {
                ImageResult result = hit(found.get(), keyed, call.caller(), time);
                inFlight.complete(withWarnings(result, found.get().warnings()));
                return result;
            }
            return generate(inFlight, keyed, request, call);
        } catch (ImageGenerationException e) {
            if (isOnlyTheLeaders(e, call)) {
                inFlight.handOver();
            } else {
                inFlight.fail(e);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            inFlight.fail(e);
            throw e;
        }
    }

    /** Whether {@code error} says nothing to those who follow: the leader gave up, its time was up or it was closed. */
    private static boolean isOnlyTheLeaders(ImageGenerationException error, RunningCalls.Call call) {
        return error instanceof GenerationCancelledException
                || call.isClosing()
                || call.caller().remaining().filter(Duration::isZero).isPresent();
    }

    private ImageResult generate(
            InFlightRequests.InFlight inFlight, KeyedRequest keyed, ImageRequest request, RunningCalls.Call call) {
        cache.countMiss();
        ImageResult made = forward(request, call);
        ImageResult result = made.withExecution(made.execution().withCache(CacheStatus.MISS));
        List<GenerationWarning> warnings = without(result.warnings(), keyed.warnings());
        if (!mayBeKept(result, keyed)) {
            inFlight.complete(withWarnings(result, warnings));
            return result;
        }
        CachedResult kept =
                new CachedResult(result.images(), warnings, result.execution().effectiveRequest());
        cache.storeInMemory(keyed.key(), kept);
        inFlight.complete(withWarnings(result, warnings));
        cache.storeInSlowerTiers(keyed.key(), kept);
        return result;
    }

    private boolean mayBeKept(ImageResult result, KeyedRequest keyed) {
        GeneratorInfo first = info();
        GeneratorInfo served = result.execution().servedBy();
        return result.failures().isEmpty()
                && result.images().size() == keyed.effective().count()
                && result.execution().passedOver().isEmpty()
                && served.provider().equals(first.provider())
                && served.model().equals(first.model())
                && served.revision().equals(first.revision());
    }

    /** What others take over: negotiation warns each of its own request. */
    private static ImageResult withWarnings(ImageResult result, List<GenerationWarning> warnings) {
        return new ImageResult(
                result.images(), result.failures(), warnings, result.usage(), result.cost(), result.execution());
    }

    private static List<GenerationWarning> without(List<GenerationWarning> all, List<GenerationWarning> negotiated) {
        return all.stream().filter(warning -> !negotiated.contains(warning)).toList();
    }

    private ImageResult hit(CachedResult found, KeyedRequest keyed, GenerationContext context, Stopwatch time) {
        cache.countHit();
        context.emit(new GenerationEvent.CacheHit(info()));
        return new ImageResult(
                found.images(),
                List.of(),
                together(keyed.warnings(), found.warnings()),
                Optional.empty(),
                Optional.empty(),
                new ExecutionRecord(
                        info(),
                        context.requestId(),
                        found.effectiveRequest(),
                        0,
                        CacheStatus.HIT,
                        List.of(),
                        Map.of(),
                        time.elapsed()));
    }

    /** What another caller's generation gave: the same pictures, for which this one paid nothing. */
    private static ImageResult follower(
            ImageResult shared, KeyedRequest keyed, GenerationContext context, Stopwatch time) {
        ExecutionRecord record = shared.execution();
        context.emit(new GenerationEvent.CacheHit(record.servedBy()));
        return new ImageResult(
                shared.images(),
                shared.failures(),
                together(keyed.warnings(), shared.warnings()),
                Optional.empty(),
                Optional.empty(),
                new ExecutionRecord(
                        record.servedBy(),
                        context.requestId(),
                        record.effectiveRequest(),
                        0,
                        CacheStatus.HIT,
                        record.passedOver(),
                        Map.of(),
                        time.elapsed()));
    }

    private static List<GenerationWarning> together(List<GenerationWarning> first, List<GenerationWarning> second) {
        if (second.isEmpty()) {
            return first;
        }
        List<GenerationWarning> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }

    /** Also gives the cache. */
    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(cache) ? type.cast(cache) : super.unwrap(type);
    }

    @Override
    public String toString() {
        return "cache → " + next();
    }
}
