package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RunningCalls;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalEntry;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.resilience.BulkheadSettings;
import dev.triptych.resilience.Failures;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.RetrySettings;
import dev.triptych.resilience.VirtualTime;
import dev.triptych.testkit.FaultyGenerator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 calls at the same time, over ten chains that are closed at random moments: every picture that was billed was
 * delivered, or its caller heard that it may have been billed; and the journal holds every one.
 */
class RandomClosingTest {

    private static final long SEED = 20_261_130;
    private static final int CHAINS = 10;
    private static final int CALLS_OF_A_CHAIN = 20;

    private final VirtualTime time = new VirtualTime();
    private final Map<String, AtomicInteger> billed = new ConcurrentHashMap<>();
    private final CountDownLatch start = new CountDownLatch(1);

    @TempDir
    Path directory;

    /** A provider that bills each call it lets begin, and then answers in one of several ways. */
    private final class BillingProvider implements ImageGenerator {
        private final FaultyGenerator painter;
        private final RunningCalls calls = new RunningCalls(this::info);
        private final AtomicInteger begun = new AtomicInteger();
        private final Random random;

        BillingProvider(String name, Random random) {
            this.painter = FaultyGenerator.of(
                    name,
                    FaultyGenerator.standardCapabilities()
                            .maxImagesPerCall(1)
                            .costClass(CostClass.BILLED)
                            .build());
            this.random = random;
        }

        @Override
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            return calls.run(context, call -> {
                int answer = answer();
                if (answer < 10) {
                    throw Failures.tooMany();
                }
                call.begin(CostClass.BILLED);
                billedTo(context.requestId()).addAndGet(request.count());
                begun.incrementAndGet();
                for (int i = 0; i < answer * 100; i++) {
                    Thread.onSpinWait();
                }
                if (answer < 20) {
                    throw Failures.unavailable(Outcome.UNKNOWN);
                }
                if (answer < 25) {
                    throw new IllegalStateException("an error of the program");
                }
                return painter.generate(request, call.context());
            });
        }

        private int answer() {
            synchronized (random) {
                return random.nextInt(100);
            }
        }

        @Override
        public Capabilities capabilities() {
            return painter.capabilities();
        }

        @Override
        public GeneratorInfo info() {
            return painter.info();
        }

        @Override
        public void close() {
            calls.close(painter::close);
        }
    }

    /** What the caller of one request learnt. */
    private record Learnt(String requestId, int delivered, int reported, boolean failedAsAWhole) {}

    @Test
    void billsNothingThatIsNeitherDeliveredNorReported() throws Exception {
        Random random = new Random(SEED);
        List<Learnt> learnt = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int c = 0; c < CHAINS; c++) {
            BillingProvider provider = new BillingProvider("studio" + c, new Random(random.nextLong()));
            ImageGenerator chain = chain(provider);
            for (int i = 0; i < CALLS_OF_A_CHAIN; i++) {
                String id = c + "/" + i;
                ImageRequest request = ImageRequest.of("a fox").toBuilder()
                        .count(1 + random.nextInt(4))
                        .build();
                boolean throwing = random.nextInt(4) == 0;
                threads.add(new Thread(() -> {
                    Learnt result = call(chain, id, request, throwing);
                    synchronized (learnt) {
                        learnt.add(result);
                    }
                }));
            }
            int moment = random.nextInt(CALLS_OF_A_CHAIN);
            threads.add(new Thread(() -> closeAt(moment, provider, chain)));
        }

        threads.forEach(Thread::start);
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(learnt).hasSize(CHAINS * CALLS_OF_A_CHAIN).allSatisfy(this::accountsForAllThatWasBilled);
        int all = billed.values().stream().mapToInt(AtomicInteger::get).sum();
        assertThat(all).isPositive();
        assertThat(inTheJournal()).isEqualTo(all);
    }

    private ImageGenerator chain(ImageGenerator provider) {
        return Generators.standard(
                List.of(provider),
                StandardSettings.standard()
                        .withGuard(GuardSettings.none()
                                .withBulkhead(new BulkheadSettings(4, 100, Duration.ofHours(1)))
                                .withRetry(RetrySettings.standard())
                                .withTimeout(Duration.ofMinutes(5))
                                .withParallelCalls(2))
                        .withJournal(new JournalSettings(directory))
                        .withObservers(List.of()),
                time.surroundings());
    }

    private Learnt call(ImageGenerator chain, String id, ImageRequest request, boolean throwing) {
        GenerationContext context = time.context()
                .requestId(id)
                .listener(event -> {
                    if (throwing) {
                        throw new AssertionError("a listener that fails");
                    }
                })
                .build();
        awaitStart();
        try {
            ImageResult result = chain.generate(request, context);
            int reported = (int) result.failures().stream()
                    .map(ImageFailure::error)
                    .filter(RandomClosingTest::mayBeBilled)
                    .count();
            return new Learnt(id, result.images().size(), reported, false);
        } catch (ImageGenerationException e) {
            return new Learnt(id, 0, 0, mayBeBilled(e));
        } catch (IllegalStateException e) {
            return new Learnt(id, 0, 0, true);
        }
    }

    private static boolean mayBeBilled(ImageGenerationException error) {
        return error.outcome() == Outcome.UNKNOWN || error.outcome() == Outcome.COMPLETED;
    }

    private void closeAt(int moment, BillingProvider provider, ImageGenerator chain) {
        awaitStart();
        while (provider.begun.get() < moment) {
            Thread.onSpinWait();
        }
        chain.close();
    }

    private void awaitStart() {
        try {
            start.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void accountsForAllThatWasBilled(Learnt call) {
        int all = billedTo(call.requestId()).get();
        if (!call.failedAsAWhole()) {
            assertThat(call.delivered() + call.reported())
                    .as("billed to request %s", call.requestId())
                    .isEqualTo(all);
        }
    }

    private AtomicInteger billedTo(String requestId) {
        return billed.computeIfAbsent(requestId, id -> new AtomicInteger());
    }

    private int inTheJournal() throws Exception {
        int pictures = 0;
        for (JournalEntry entry :
                CallJournal.open(new JournalSettings(directory)).entries()) {
            assertThat(entry.state()).isNotEqualTo(JournalEntry.State.RUNNING);
            pictures += entry.state() == JournalEntry.State.COMPLETED ? entry.pictures() : 0;
            pictures += entry.state() == JournalEntry.State.UNKNOWN ? entry.count() : 0;
        }
        return pictures;
    }
}
