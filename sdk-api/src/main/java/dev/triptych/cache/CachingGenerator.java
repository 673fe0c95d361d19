package dev.triptych.cache;

import dev.triptych.CacheStatus;
import dev.triptych.Capabilities;
import dev.triptych.ExecutionRecord;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.time.Duration;
import java.time.Instant;
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
public final class CachingGenerator implements ImageGenerator {

    private final ImageGenerator next;
    private final PictureCache cache;
    private final RequestKeys keys;

    /** {@code next} behind {@code cache}, by the cache's policy. */
    public CachingGenerator(ImageGenerator next, PictureCache cache) {
        this(next, cache, cache.policy());
    }

    /** {@code next} behind {@code cache}, by a policy of its own. */
    public CachingGenerator(ImageGenerator next, PictureCache cache, CachePolicy policy) {
        this.next = next;
        this.cache = cache;
        this.keys = new RequestKeys(next, policy);
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        Optional<KeyedRequest> keyed = keys.key(request, context);
        return keyed.isEmpty() ? next.generate(request, context) : serve(keyed.get(), request, context);
    }

    private ImageResult serve(KeyedRequest keyed, ImageRequest request, GenerationContext context) {
        Instant start = context.clock().instant();
        while (true) {
            Optional<CachedResult> inMemory = cache.inMemory(keyed.key());
            if (inMemory.isPresent()) {
                return hit(inMemory.get(), keyed, context, start);
            }
            Flights.Boarding boarding = cache.flights().board(keyed.key());
            if (boarding.leads()) {
                return lead(boarding.flight(), keyed, request, context, start);
            }
            Optional<ImageResult> shared =
                    boarding.flight().follow(context, next.info().provider());
            if (shared.isPresent()) {
                cache.countFollowed();
                return follower(shared.get(), keyed, context, start);
            }
        }
    }

    private ImageResult lead(
            Flights.Flight flight, KeyedRequest keyed, ImageRequest request, GenerationContext context, Instant start) {
        try {
            Optional<CachedResult> found =
                    cache.inMemory(keyed.key()).or(() -> cache.inSlowerTiers(keyed.key(), keyed.effective()));
            if (found.isPresent()) {
                ImageResult result = hit(found.get(), keyed, context, start);
                flight.land(withWarnings(result, found.get().warnings()));
                return result;
            }
            return generate(flight, keyed, request, context);
        } catch (GenerationCancelledException e) {
            flight.handOver();
            throw e;
        } catch (ImageGenerationException e) {
            if (context.remaining().filter(Duration::isZero).isPresent()) {
                flight.handOver();
            } else {
                flight.fail(e);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            flight.fail(e);
            throw e;
        }
    }

    private ImageResult generate(
            Flights.Flight flight, KeyedRequest keyed, ImageRequest request, GenerationContext context) {
        cache.countMiss();
        ImageResult made = next.generate(request, context);
        ImageResult result = made.withExecution(made.execution().withCache(CacheStatus.MISS));
        List<GenerationWarning> warnings = without(result.warnings(), keyed.warnings());
        if (!mayBeKept(result, keyed)) {
            flight.land(withWarnings(result, warnings));
            return result;
        }
        CachedResult kept =
                new CachedResult(result.images(), warnings, result.execution().effectiveRequest());
        cache.storeInMemory(keyed.key(), kept);
        flight.land(withWarnings(result, warnings));
        cache.storeInSlowerTiers(keyed.key(), kept);
        return result;
    }

    private boolean mayBeKept(ImageResult result, KeyedRequest keyed) {
        GeneratorInfo first = next.info();
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

    private ImageResult hit(CachedResult found, KeyedRequest keyed, GenerationContext context, Instant start) {
        cache.countHit();
        context.emit(new GenerationEvent.CacheHit(next.info()));
        return new ImageResult(
                found.images(),
                List.of(),
                together(keyed.warnings(), found.warnings()),
                Optional.empty(),
                Optional.empty(),
                new ExecutionRecord(
                        next.info(),
                        context.requestId(),
                        found.effectiveRequest(),
                        0,
                        CacheStatus.HIT,
                        List.of(),
                        Map.of(),
                        Duration.between(start, context.clock().instant())));
    }

    /** What another caller's generation gave: the same pictures, for which this one paid nothing. */
    private static ImageResult follower(
            ImageResult shared, KeyedRequest keyed, GenerationContext context, Instant start) {
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
                        Duration.between(start, context.clock().instant())));
    }

    private static List<GenerationWarning> together(List<GenerationWarning> first, List<GenerationWarning> second) {
        if (second.isEmpty()) {
            return first;
        }
        List<GenerationWarning> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }

    @Override
    public Capabilities capabilities() {
        return next.capabilities();
    }

    @Override
    public GeneratorInfo info() {
        return next.info();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(cache)) {
            return type.cast(cache);
        }
        return type.isInstance(this) ? type.cast(this) : next.unwrap(type);
    }

    @Override
    public void close() {
        next.close();
    }

    @Override
    public String toString() {
        return "cache → " + next;
    }
}
