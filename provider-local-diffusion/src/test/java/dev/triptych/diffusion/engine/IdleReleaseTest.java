package dev.triptych.diffusion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class IdleReleaseTest {

    private static final Duration WHILE = Duration.ofMinutes(10);

    private final HandTimer timer = new HandTimer();
    private final List<String> released = new ArrayList<>();
    private final IdleRelease idle = new IdleRelease(WHILE, timer, () -> released.add("all"));

    /** A timer whose time passes when a test says so. */
    private static final class HandTimer implements IdleRelease.Timer {
        private final List<FutureTask<Void>> tasks = new ArrayList<>();
        private Duration last = Duration.ZERO;

        @Override
        public Future<?> schedule(Runnable work, Duration delay) {
            FutureTask<Void> task = new FutureTask<Void>(() -> {
                work.run();
                return null;
            });
            tasks.add(task);
            last = delay;
            return task;
        }

        void pass() {
            tasks.forEach(FutureTask::run); // one that was cancelled does nothing
        }

        @Override
        public void close() {}
    }

    @Test
    void whatNobodyUsedIsReleasedOnce() {
        idle.begin();
        idle.end();
        assertThat(timer.last).isEqualTo(WHILE);
        assertThat(released).isEmpty();

        timer.pass();
        timer.pass();

        assertThat(released).containsExactly("all");
    }

    @Test
    void anotherTurnPutsItOff() {
        idle.begin();
        idle.end();
        idle.begin();

        timer.pass();

        assertThat(released).isEmpty();
        idle.end();
        timer.pass();
        assertThat(released).containsExactly("all");
    }

    @Test
    void aTurnThatWaitedIsOneInUse() {
        idle.begin();
        idle.begin();
        idle.end();

        timer.pass();

        assertThat(released).isEmpty();
    }

    @Test
    void nothingIsReleasedAfterTheEnd() {
        idle.begin();
        idle.end();
        idle.close();

        timer.pass();

        assertThat(released).isEmpty();
    }
}
