package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RunningCallsTest {

    private static final GeneratorInfo INFO = new GeneratorInfo("studio", "faulty", "m", "", false);

    private final RunningCalls calls = new RunningCalls(() -> INFO, Duration.ZERO);
    private final List<String> released = new ArrayList<>();

    private void close() {
        calls.close(() -> released.add("released"));
    }

    /** Closes from outside, while the call that this thread makes is under way. */
    private void closeElsewhere(RunningCalls.Call call) {
        Thread closing = new Thread(this::close);
        closing.setDaemon(true);
        closing.start();
        while (!call.isClosing()) {
            Thread.onSpinWait();
        }
    }

    private void run(Consumer<RunningCalls.Call> work) {
        calls.run(GenerationContext.create(), call -> {
            work.accept(call);
            return true;
        });
    }

    private static void awaitCancelled(RunningCalls.Call call) {
        CountDownLatch cancelled = new CountDownLatch(1);
        call.context().cancellation().onCancel(cancelled::countDown);
        try {
            cancelled.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        call.context().checkActive("faulty", Outcome.UNKNOWN);
    }

    @Test
    void endsACallThatWaitsAsNotSent() {
        assertThatThrownBy(() -> run(call -> {
                    closeElsewhere(call);
                    awaitCancelled(call);
                }))
                .isInstanceOfSatisfying(
                        ProviderUnavailableException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT))
                .hasMessage("generator studio must be open but was closed");
    }

    @Test
    void cancelsWorkThatCostsNothing() {
        assertThatThrownBy(() -> run(call -> {
                    call.begin(CostClass.FREE);
                    closeElsewhere(call);
                    awaitCancelled(call);
                }))
                .isInstanceOfSatisfying(
                        GenerationCancelledException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT))
                .hasMessage("generation was cancelled since generator studio was closed");
    }

    @Test
    void endsWhatMayBeBilledAfterTheGraceAndKeepsWhatIsKnownOfIt() {
        assertThatThrownBy(() -> run(call -> {
                    call.begin(CostClass.BILLED);
                    closeElsewhere(call);
                    awaitCancelled(call);
                }))
                .isInstanceOfSatisfying(
                        ProviderUnavailableException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN))
                .hasMessage("generator studio must answer within PT0S after it was closed but did not");
    }

    @Test
    void leavesWhatMayBeBilledToItsOwnDeadline() {
        CountDownLatch closed = new CountDownLatch(1);
        GenerationContext context =
                GenerationContext.builder().timeout(Duration.ofDays(1)).build();

        boolean cancelled = calls.run(context, call -> {
            call.begin(CostClass.BILLED);
            Thread closing = new Thread(() -> {
                close();
                closed.countDown();
            });
            closing.start();
            while (closing.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            return call.context().cancellation().isCancelled();
        });

        assertThat(cancelled).isFalse();
        assertThat(await(closed)).isTrue();
        assertThat(released).containsExactly("released");
    }

    private static boolean await(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    @Test
    void beginsNothingMoreOnceItCloses() {
        assertThatThrownBy(() -> run(call -> {
                    call.begin(CostClass.BILLED);
                    closeElsewhere(call);
                    call.begin(CostClass.BILLED);
                }))
                .hasMessage("generator studio must be open but was closed");
        assertThatThrownBy(() -> run(call -> {
                    call.passOn();
                    closeElsewhere(call);
                    call.passOn();
                }))
                .hasMessage("generator studio must be open but was closed");
    }

    @Test
    void keepsTheOutcomeOfACallThatWaitsForItsNextAttempt() {
        assertThatThrownBy(() -> run(call -> {
                    call.begin(CostClass.BILLED);
                    call.await(Outcome.UNKNOWN);
                    closeElsewhere(call);
                    awaitCancelled(call);
                }))
                .isInstanceOfSatisfying(
                        ProviderUnavailableException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN));
    }

    @Test
    void tellsTheCallersOwnWishFromTheClosing() {
        GenerationContext context = GenerationContext.create();

        assertThatThrownBy(() -> calls.run(context, call -> {
                    call.begin(CostClass.FREE);
                    closeElsewhere(call);
                    context.cancellation().cancel();
                    awaitCancelled(call);
                    return true;
                }))
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("generation was cancelled");
    }

    @Test
    void onlyBeginsWhereTheThreadWorksForOneOfItsCalls() {
        CountDownLatch done = new CountDownLatch(1);
        GenerationContext listening = GenerationContext.builder()
                .listener(event -> calls.close(done::countDown))
                .build();

        calls.run(listening, call -> {
            call.begin(CostClass.BILLED);
            Thread telling =
                    new Thread(() -> call.context().emit(new GenerationEvent.Queued(0)), "another thread of the call");
            telling.start();
            join(telling);
            assertThat(call.isClosing()).isTrue();
            assertThat(done.getCount()).as("the call still runs").isEqualTo(1);
            return true;
        });

        assertThat(await(done)).isTrue();
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void closesTheOthersAndReleasesAlsoWhenThatFails() {
        assertThatThrownBy(() -> calls.close(
                        () -> {
                            throw new IllegalStateException("next");
                        },
                        () -> {
                            released.add("released");
                            throw new AssertionError("own");
                        }))
                .hasMessage("next")
                .satisfies(error -> assertThat(error.getSuppressed())
                        .singleElement()
                        .satisfies(other -> assertThat(other).hasMessage("own")));

        close();

        assertThat(released).containsExactly("released");
        assertThatThrownBy(() -> run(call -> {})).hasMessage("generator studio must be open but was closed");
    }
}
