package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The one owner of retry. Makes attempts while {@link RetryPolicy} allows them; once the pictures were made, only their
 * download is repeated, with attempts of its own, since they are paid for.
 */
final class RetryStage implements Stage {

    private final GeneratorInfo generator;
    private final Supplier<Capabilities> capabilities;
    private final RetryRegistry registry;
    private final Surroundings surroundings;
    private final AttemptTimeout timeout;
    private final Retry retry;
    private final Stage next;

    RetryStage(
            GeneratorInfo generator,
            Supplier<Capabilities> capabilities,
            RetrySettings settings,
            RetryRegistry registry,
            Surroundings surroundings,
            AttemptTimeout timeout,
            Stage next) {
        this.generator = generator;
        this.capabilities = capabilities;
        this.registry = registry;
        this.surroundings = surroundings;
        this.timeout = timeout;
        this.next = next;
        RetryPolicy policy = new RetryPolicy(settings, surroundings.random());
        this.retry = registry.retry(
                generator.name(),
                RetryConfig.custom()
                        .maxAttempts(settings.maxAttempts())
                        .retryOnException(error -> error instanceof ImageGenerationException known
                                && policy.mayRepeat(known, capabilities.get()))
                        .intervalBiFunction((number, either) -> policy.delayBefore(
                                        number, (ImageGenerationException) either.getLeft())
                                .map(Duration::toMillis)
                                .orElse(-1L))
                        .build());
    }

    @Override
    public void unregister() {
        Resilience.removeOwn(registry, generator.name(), retry);
    }

    @Override
    public ImageResult run(Call call) {
        return fetchMissing(generate(call), call);
    }

    private ImageResult generate(Call call) {
        Retry.AsyncContext<Object> attempts = retry.asyncContext();
        for (int attempt = 1; ; attempt++) {
            try {
                ImageResult result = next.run(attempt == 1 ? call : call.withAttempt(attempt));
                attempts.onComplete();
                return result;
            } catch (ImageFetchException e) {
                attempts.onComplete();
                return fetchAgain(e, call);
            } catch (ImageGenerationException e) {
                if (fallsThroughAtOnce(e, call)) {
                    throw e;
                }
                requireAnother(attempts.onError(e), e, call);
            }
        }
    }

    /** No network: the next generator of the chain serves sooner than a second try would. */
    private static boolean fallsThroughAtOnce(ImageGenerationException error, Call call) {
        return call.scope().othersFollow()
                && error instanceof ProviderUnavailableException
                && error.outcome() == Outcome.NOT_SENT;
    }

    private ImageResult fetchAgain(ImageFetchException failure, Call call) {
        Retry.AsyncContext<Object> attempts = retry.asyncContext();
        ImageFetchException latest = failure;
        while (true) {
            pause(delay(attempts.onError(latest), latest, call), latest, call);
            try {
                ImageResult result = timeout.run(call.context(), latest::fetchAgain);
                attempts.onComplete();
                return result;
            } catch (GenerationCancelledException e) {
                throw e;
            } catch (ImageFetchException e) {
                latest = e;
            } catch (ImageGenerationException e) {
                latest.addSuppressed(e);
            }
        }
    }

    /** Some pictures came and others only failed to be fetched: those are fetched again; what still fails stays so. */
    private ImageResult fetchMissing(ImageResult result, Call call) {
        if (result.failures().stream().noneMatch(failure -> failure.error() instanceof ImageFetchException)) {
            return result;
        }
        SortedMap<Integer, GeneratedImage> pictures = picturesByIndex(result);
        List<ImageFailure> stillFailed = new ArrayList<>();
        for (ImageFailure failure : result.failures()) {
            if (!(failure.error() instanceof ImageFetchException error)) {
                stillFailed.add(failure);
                continue;
            }
            try {
                pictures.put(failure.index(), fetchAgain(error, call).image());
            } catch (ImageFetchException e) {
                stillFailed.add(new ImageFailure(failure.index(), e));
            }
        }
        return new ImageResult(
                List.copyOf(pictures.values()),
                stillFailed,
                result.warnings(),
                result.usage(),
                result.cost(),
                result.execution());
    }

    /** The pictures that came, by their places in the request: those that no failure holds. */
    private static SortedMap<Integer, GeneratedImage> picturesByIndex(ImageResult result) {
        List<Integer> failed =
                result.failures().stream().map(ImageFailure::index).toList();
        SortedMap<Integer, GeneratedImage> pictures = new TreeMap<>();
        int index = 0;
        for (GeneratedImage image : result.images()) {
            while (failed.contains(index)) {
                index++;
            }
            pictures.put(index++, image);
        }
        return pictures;
    }

    /** Waits for the next attempt as a call that closing ends at once, or throws {@code error} where there is none. */
    private void requireAnother(long delayMillis, ImageGenerationException error, Call call) {
        Duration delay = delay(delayMillis, error, call);
        boolean mayBeBilled =
                error.outcome() == Outcome.UNKNOWN && capabilities.get().costClass() == CostClass.BILLED;
        try {
            call.running().await(mayBeBilled ? Outcome.UNKNOWN : Outcome.NOT_SENT);
        } catch (ProviderUnavailableException closed) {
            closed.addSuppressed(error);
            throw closed;
        }
        pause(delay, error, call);
    }

    /** How long to wait, or {@code error} where no attempt follows. */
    private static Duration delay(long delayMillis, ImageGenerationException error, Call call) {
        Duration delay = Duration.ofMillis(delayMillis);
        boolean tooLate = call.context()
                .remaining()
                .filter(left -> left.compareTo(delay) <= 0)
                .isPresent();
        if (delayMillis < 0 || tooLate) {
            throw error;
        }
        return delay;
    }

    private void pause(Duration delay, ImageGenerationException error, Call call) {
        call.context().emit(new GenerationEvent.Retrying(error, delay));
        try {
            surroundings.sleeper().sleep(delay, call.context().cancellation());
            call.context().checkActive(generator.provider(), error.outcome());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException(
                    "generation was interrupted before its next attempt",
                    ErrorOrigin.of(generator.provider(), error.outcome()),
                    error);
        } catch (GenerationCancelledException e) {
            throw new GenerationCancelledException(String.valueOf(e.getMessage()), e.origin(), error);
        }
    }
}
