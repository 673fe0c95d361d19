package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.CostClass;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing loses nothing that is paid for, and keeps nobody waiting for what is not. */
@Timeout(30)
class ClosingTest extends AgainstWireMock {

    /** Holds each call back on its way to the server until {@code open}. */
    private static final class Gate {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        OkHttpClient client(String method) {
            return new OkHttpClient.Builder()
                    .addNetworkInterceptor(chain -> {
                        Response response = chain.proceed(chain.request());
                        if (chain.request().method().equals(method)) {
                            reached.countDown();
                            await(open);
                        }
                        return response;
                    })
                    .build();
        }

        void awaitReached() {
            await(reached);
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static CompletableFuture<Void> closeInBackground(OpenAiImageGenerator generator) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            generator.close();
            closed.complete(null);
        });
        thread.setDaemon(true);
        thread.start();
        return closed;
    }

    private static void awaitRefusing(OpenAiImageGenerator generator) {
        while (true) {
            try {
                generator.generate(ImageRequest.of(PROMPT), cancelled());
            } catch (GenerationCancelledException e) {
                Thread.onSpinWait(); // still open: cancelled before anything was sent
            } catch (ProviderUnavailableException e) {
                assertThat(e).hasMessage("generator openai must be open but was closed");
                assertThat(e.outcome()).isEqualTo(Outcome.NOT_SENT);
                return;
            }
        }
    }

    private static GenerationContext cancelled() {
        GenerationContext context = GenerationContext.create();
        context.cancellation().cancel();
        return context;
    }

    @Test
    void letsABilledCallFinishAndTakesNoOther() throws Exception {
        answer("openai/generation.json");
        Gate gate = new Gate();
        OpenAiImageGenerator generator =
                openai().httpClient(gate.client("POST")).build();
        GenerationHandle call = generator.submit(ImageRequest.of(PROMPT), event -> {});
        gate.awaitReached();

        CompletableFuture<Void> first = closeInBackground(generator);
        awaitRefusing(generator);
        CompletableFuture<Void> second = closeInBackground(generator);
        boolean early = first.isDone() || second.isDone();
        gate.open.countDown();

        assertThat(call.result().images()).hasSize(1);
        assertThat(early).as("closed while a call ran").isFalse();
        first.get(20, TimeUnit.SECONDS);
        second.get(20, TimeUnit.SECONDS);
    }

    @Test
    void fetchesThePictureBehindALinkThoughItIsClosedOnTheWay() throws Exception {
        answer("openai/dall-e-2-links.json");
        serve("/generated/first.png", Fixtures.greenPng());
        serve("/generated/second.png", Fixtures.greenPng());
        Gate gate = new Gate();
        OpenAiImageGenerator generator =
                openai().model("dall-e-2").httpClient(gate.client("POST")).build();
        GenerationHandle call =
                generator.submit(ImageRequest.builder().prompt(PROMPT).count(2).build(), event -> {});
        gate.awaitReached();

        CompletableFuture<Void> closed = closeInBackground(generator);
        awaitRefusing(generator);
        gate.open.countDown();

        assertThat(call.result().images()).hasSize(2);
        closed.get(20, TimeUnit.SECONDS);
    }

    @Test
    void savesAPaidPictureEvenAfterItIsClosed() {
        answer("openai/dall-e-2-links.json");
        server().stubFor(get(anyUrl()).willReturn(aResponse().withStatus(503)));
        OpenAiImageGenerator generator = openai().model("dall-e-2").build();
        ImageFetchException failed = catchThrowableOfType(ImageFetchException.class, () -> generator.generate(PROMPT));
        generator.close();
        serve("/generated/first.png", Fixtures.greenPng());
        serve("/generated/second.png", Fixtures.greenPng());

        ImageResult saved = failed.fetchAgain(GenerationContext.create());

        assertThat(saved.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
    }

    @Test
    void cancelsACallThatCostsNothing() throws Exception {
        answer("openai/generation.json");
        Gate gate = new Gate();
        OpenAiImageGenerator generator = openai().costClass(CostClass.FREE)
                .httpClient(gate.client("POST"))
                .build();
        GenerationHandle call = generator.submit(ImageRequest.of(PROMPT), event -> {});
        gate.awaitReached();

        generator.close();
        gate.open.countDown();

        assertThatThrownBy(call::result)
                .isInstanceOfSatisfying(
                        GenerationCancelledException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT))
                .hasMessage("generation was cancelled since generator openai was closed");
    }

    /** The listener hears previews on the thread that reads the answer, and closing knows whose call that is. */
    @Test
    void onlyBeginsWhereAListenerOfTheCallClosesIt() {
        answer(aResponse()
                .withHeader("Content-Type", "text/event-stream")
                .withBody(Fixtures.text("openai/stream.sse")));
        OpenAiImageGenerator generator = openai().build();
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .option("openai.partial-images", "2")
                .build();

        ImageResult result = generator.generate(
                request,
                GenerationContext.builder()
                        .listener(event -> {
                            if (event instanceof GenerationEvent.Preview) {
                                generator.close();
                            }
                        })
                        .build());

        assertThat(result.images()).hasSize(1);
        generator.close();
        assertThatThrownBy(() -> generator.generate(PROMPT)).hasMessage("generator openai must be open but was closed");
    }

    @Test
    void leavesAWayToAPaidPictureWhoseCallerGaveUpWhileItWasFetched() throws Exception {
        answer("openai/dall-e-2-links.json");
        serve("/generated/first.png", Fixtures.greenPng());
        serve("/generated/second.png", Fixtures.greenPng());
        Gate gate = new Gate();
        OpenAiImageGenerator generator =
                openai().model("dall-e-2").httpClient(gate.client("GET")).build();
        GenerationHandle call =
                generator.submit(ImageRequest.builder().prompt(PROMPT).count(2).build(), event -> {});
        gate.awaitReached();

        call.cancel();
        GenerationCancelledException error = catchThrowableOfType(GenerationCancelledException.class, call::result);
        gate.open.countDown();

        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(error.getCause()).isInstanceOfSatisfying(ImageFetchException.class, unfetched -> {
            assertThat(unfetched.links()).hasSize(2);
            assertThat(unfetched.fetchAgain(GenerationContext.create()).images())
                    .hasSize(2);
        });
    }
}
