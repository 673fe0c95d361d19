package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.BudgetExceededException;
import dev.triptych.CacheStatus;
import dev.triptych.Capabilities;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.cache.CacheSettings;
import dev.triptych.cache.PictureCache;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalEntry;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.resilience.BulkheadSettings;
import dev.triptych.resilience.CircuitBreakerSettings;
import dev.triptych.resilience.Failures;
import dev.triptych.resilience.GenerationObserver;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.RateLimitSettings;
import dev.triptych.resilience.RetrySettings;
import dev.triptych.resilience.VirtualTime;
import dev.triptych.testkit.FaultyGenerator;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratorsTest {

    private static final ImageRequest FOX =
            ImageRequest.builder().prompt("a fox").seed(7).build();

    @TempDir
    private Path directory;

    private final VirtualTime time = new VirtualTime();
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");
    private final FaultyGenerator offline = FaultyGenerator.named("offline");
    private final List<String> seen = new ArrayList<>();

    private StandardSettings everything() {
        return StandardSettings.standard()
                .withGuard(GuardSettings.none()
                        .withRateLimit(new RateLimitSettings(10, Duration.ofHours(1), Duration.ofHours(1)))
                        .withBulkhead(BulkheadSettings.standard())
                        .withCircuitBreaker(CircuitBreakerSettings.standard())
                        .withRetry(RetrySettings.standard())
                        .withTimeout(Duration.ofSeconds(20)))
                .withBudget(
                        BudgetSettings.in(directory.resolve("budget"), "USD").withPerDay(BudgetLimits.pictures(8)))
                .withJournal(new JournalSettings(directory.resolve("journal")))
                .withObservers(List.of(new Listing()));
    }

    private final class Listing implements GenerationObserver {
        @Override
        public Watch requestStarted(GeneratorInfo generator, ImageRequest request, String requestId) {
            seen.add("request");
            return Watch.NONE;
        }

        @Override
        public Watch attemptStarted(GeneratorInfo generator, ImageRequest request, String requestId, int attempt) {
            seen.add("attempt " + attempt + " of " + generator.name());
            return Watch.NONE;
        }
    }

    private ImageGenerator standard(StandardSettings settings, ImageGenerator... providers) {
        return Generators.standard(List.of(providers), settings, time.surroundings());
    }

    private ImageResult generate(ImageGenerator generator, ImageRequest request) {
        return generator.generate(request, time.context().build());
    }

    @Test
    void putsTheLinksInTheirFixedOrder() {
        assertThat(standard(everything(), studio, offline))
                .hasToString("observe → cache → budget → fallback ["
                        + "studio: rate limit → bulkhead → circuit breaker → retry → timeout → split → provider, "
                        + "offline: rate limit → bulkhead → circuit breaker → retry → timeout → split → provider]");
    }

    @Test
    void observesOutsideTheCacheAndTheCacheIsOutsideTheBudget() throws Exception {
        ImageGenerator generator = standard(everything(), studio);

        generate(generator, FOX);
        ImageResult again = generate(generator, FOX);

        assertThat(again.execution().cache()).isEqualTo(CacheStatus.HIT);
        assertThat(seen).containsExactly("request", "attempt 1 of studio", "request");
        assertThat(generator.unwrap(Budget.class).status().today().pictures()).isEqualTo(1);
    }

    @Test
    void asksTheBudgetBeforeAnyGenerator() {
        ImageGenerator generator = standard(everything(), studio, offline);

        assertThatThrownBy(() -> generate(generator, FOX.toBuilder().count(9).build()))
                .isInstanceOf(BudgetExceededException.class);
        assertThat(studio.calls() + offline.calls()).isZero();
    }

    @Test
    void limitsTheRateOutsideTheRetryAndBreaksTheCircuitOnce() {
        studio.failNext(Failures.tooMany(), Failures.tooMany());
        ImageGenerator generator = standard(everything(), studio);

        generate(generator, FOX);

        assertThat(studio.calls()).isEqualTo(3);
        assertThat(generator
                        .unwrap(RateLimiterRegistry.class)
                        .rateLimiter("studio")
                        .getMetrics()
                        .getAvailablePermissions())
                .isEqualTo(9);
        assertThat(generator
                        .unwrap(CircuitBreakerRegistry.class)
                        .circuitBreaker("studio")
                        .getMetrics()
                        .getNumberOfSuccessfulCalls())
                .isEqualTo(1);
    }

    @Test
    void splitsWithinOneAttemptAndWritesDownEachCall() throws Exception {
        studio.failNext(Failures.tooMany(), Failures.tooMany());
        ImageGenerator generator = standard(everything(), studio);

        generate(generator, FOX.toBuilder().count(8).build());

        assertThat(seen).containsExactly("request", "attempt 1 of studio", "attempt 2 of studio");
        assertThat(generator.unwrap(CallJournal.class).entries())
                .extracting(JournalEntry::state)
                .containsExactly(
                        JournalEntry.State.REJECTED,
                        JournalEntry.State.REJECTED,
                        JournalEntry.State.COMPLETED,
                        JournalEntry.State.COMPLETED);
    }

    @Test
    void servesOfflineWhenTheNetworkCableIsPulled() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        ImageGenerator hosted = new HostedGenerator(studio, closedPort);
        ImageGenerator generator = standard(StandardSettings.standard().withObservers(List.of()), hosted, offline);

        ImageResult result = generate(generator, FOX);

        assertThat(result.execution().servedBy().name()).isEqualTo("offline");
        assertThat(result.execution().passedOver())
                .singleElement()
                .extracting(ExecutionRecord.PassedOver::reason)
                .isInstanceOf(ProviderUnavailableException.class);
        assertThat(time.sleeps())
                .as("no back-off while another generator waits")
                .isEmpty();
    }

    /** A provider that has to connect first. */
    private record HostedGenerator(FaultyGenerator behind, int port) implements ImageGenerator {
        @Override
        @SuppressWarnings("try") // the connection is all that matters
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return behind.generate(request, context);
            } catch (IOException e) {
                throw new ProviderUnavailableException(
                        "connection must be accepted but was not", ErrorOrigin.of("faulty", Outcome.NOT_SENT), e);
            }
        }

        @Override
        public Capabilities capabilities() {
            return behind.capabilities();
        }

        @Override
        public GeneratorInfo info() {
            return behind.info();
        }

        @Override
        public void close() {
            behind.close();
        }
    }

    @Test
    void closesEveryProviderOnce() {
        ImageGenerator generator = standard(everything(), studio, offline);

        generator.close();
        generator.close();

        assertThat(studio.closeCount()).isEqualTo(1);
        assertThat(offline.closeCount()).isEqualTo(1);
    }

    @Test
    void showsItsPartsToWhoeverAsks() {
        ImageGenerator generator = standard(everything(), studio);

        assertThat(generator.unwrap(PictureCache.class)).isNotNull();
        assertThat(generator.unwrap(FaultyGenerator.class)).isSameAs(studio);
        assertThatThrownBy(() -> generator.unwrap(String.class)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void needsNoSettings() {
        ImageResult result = Generators.standard(
                        offline, StandardSettings.standard().withCache(CacheSettings.standard()))
                .generate(FOX);

        assertThat(result.execution().cache()).isEqualTo(CacheStatus.MISS);
    }
}
