package dev.triptych.diffusion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.vae.Vae;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelWorkerTest {

    private static final int SIZE = 32;

    private final Cancellation none = new Cancellation();
    private Vae vae;
    private SessionCache sessions;
    private ModelWorker worker;

    @BeforeEach
    void start() {
        vae = TestNetworks.vae(GoldenCheckpoints.directory("tiny-sd1"));
        sessions = new SessionCache(OrtRuntime.start(TestNetworks.options()), Long.MAX_VALUE, Residence.KEPT);
        worker = new ModelWorker("test");
    }

    @AfterEach
    void stop() throws OrtException {
        worker.close();
        sessions.close();
    }

    @Test
    void cancellingStopsARunningModelWhichCanRunAgain() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        Cancellation cancellation = new Cancellation();
        Thread canceller = new Thread(() -> {
            awaitQuietly(running);
            cancellation.cancel();
        });
        canceller.start();

        assertThatThrownBy(() -> worker.call(
                        control -> control.evaluate(options -> decodeForever(running, options)), cancellation))
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("the generation was cancelled")
                .hasRootCauseInstanceOf(OrtException.class);

        canceller.join();
        assertThat(worker.<Tensor>call(control -> control.evaluate(this::decodeSmall), none)
                        .values())
                .hasSize(3 * 8 * 8);
    }

    @Test
    void interruptingStopsARunningModelAndKeepsTheFlag() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread painter = new Thread(() -> {
            end.complete(catchThrowable(() ->
                    worker.call(control -> control.evaluate(options -> decodeForever(running, options)), none)));
            flag.complete(Thread.currentThread().isInterrupted());
        });
        painter.start();
        running.await();

        painter.interrupt();

        painter.join();
        assertThat(end.join()).isInstanceOf(GenerationCancelledException.class);
        assertThat(flag.join()).isTrue();
    }

    @Test
    void whatWaitsBehindARunningModelIsCancelledAtOnce() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Thread first = new Thread(() -> worker.call(
                control -> {
                    running.countDown();
                    awaitQuietly(release);
                    return "first";
                },
                none));
        first.start();
        running.await();
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread second =
                new Thread(() -> end.complete(catchThrowable(() -> worker.call(control -> "second", cancellation))));
        second.start();

        cancellation.cancel();
        second.join(); // Although the first still holds the worker.

        assertThat(end.join()).isInstanceOf(GenerationCancelledException.class);
        release.countDown();
        first.join();
    }

    @Test
    void failuresComeThrough() {
        assertThatThrownBy(() -> worker.call(
                        control -> {
                            throw new IllegalArgumentException("as it was");
                        },
                        none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("as it was");
        assertThatThrownBy(() -> worker.call(
                        control -> {
                            throw new OrtException("no memory");
                        },
                        none))
                .isInstanceOf(ModelWorker.ModelFailure.class)
                .hasMessageContaining("no memory");
    }

    /** Runs a model again and again, until it is stopped. */
    private Tensor decodeForever(CountDownLatch running, RunOptions options) throws OrtException {
        ModelSession session = sessions.get(vae.decoder(), Shape.of(SIZE, SIZE));
        Tensor latents = new Tensor(new long[] {1, 4, SIZE, SIZE}, new float[4 * SIZE * SIZE]);
        while (true) {
            session.run(Map.of("latent_sample", latents), Set.of("sample"), options);
            running.countDown();
        }
    }

    private Tensor decodeSmall(RunOptions options) throws OrtException {
        Tensor latents = new Tensor(new long[] {1, 4, 1, 1}, new float[4]);
        return Objects.requireNonNull(sessions.get(vae.decoder(), Shape.of(1, 1))
                .run(Map.of("latent_sample", latents), Set.of("sample"), options)
                .get("sample"));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
