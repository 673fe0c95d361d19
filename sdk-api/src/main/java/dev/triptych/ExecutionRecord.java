package dev.triptych;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a result came about.
 *
 * @param servedBy the generator that made the pictures
 * @param requestId our own id of the request
 * @param effectiveRequest the request after negotiation, with every default filled in that the generator knows
 * @param attempts calls to the provider, at least 1 unless the cache answered
 * @param cache how the cache took part
 * @param passedOver generators that were tried before, and why they did not serve
 * @param durations time by stage in order, such as {@code "load"}, {@code "denoise"}, {@code "decode"}
 * @param total time from request to result
 */
public record ExecutionRecord(
        GeneratorInfo servedBy,
        String requestId,
        ImageRequest effectiveRequest,
        int attempts,
        CacheStatus cache,
        List<PassedOver> passedOver,
        Map<String, Duration> durations,
        Duration total) {

    /** Copies the collections. */
    public ExecutionRecord {
        passedOver = List.copyOf(passedOver);
        durations = Collections.unmodifiableMap(new LinkedHashMap<>(durations));
    }

    /** A generator that was tried before the one that served. */
    public record PassedOver(GeneratorInfo generator, ImageGenerationException reason) {}

    /** One attempt without a cache. */
    public static ExecutionRecord of(
            GeneratorInfo servedBy, GenerationContext context, ImageRequest effectiveRequest, Duration total) {
        return new ExecutionRecord(
                servedBy, context.requestId(), effectiveRequest, 1, CacheStatus.BYPASS, List.of(), Map.of(), total);
    }

    /** This record with another count of attempts. */
    public ExecutionRecord withAttempts(int value) {
        return new ExecutionRecord(servedBy, requestId, effectiveRequest, value, cache, passedOver, durations, total);
    }

    /** This record with another cache status. */
    public ExecutionRecord withCache(CacheStatus value) {
        return new ExecutionRecord(
                servedBy, requestId, effectiveRequest, attempts, value, passedOver, durations, total);
    }

    /** This record with the generators that were tried before. */
    public ExecutionRecord withPassedOver(List<PassedOver> value) {
        return new ExecutionRecord(servedBy, requestId, effectiveRequest, attempts, cache, value, durations, total);
    }

    /** This record with times by stage. */
    public ExecutionRecord withDurations(Map<String, Duration> value) {
        return new ExecutionRecord(servedBy, requestId, effectiveRequest, attempts, cache, passedOver, value, total);
    }

    /** This record with another total. */
    public ExecutionRecord withTotal(Duration value) {
        return new ExecutionRecord(
                servedBy, requestId, effectiveRequest, attempts, cache, passedOver, durations, value);
    }
}
