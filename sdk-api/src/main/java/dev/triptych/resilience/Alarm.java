package dev.triptych.resilience;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Does something after a time, unless told not to. */
@FunctionalInterface
public interface Alarm {

    /** Runs {@code action}, which is short, after {@code time}; the result takes that back. */
    Runnable after(Duration time, Runnable action);

    /** An alarm in real time, on one daemon thread of this process. */
    static Alarm real() {
        return RealAlarm.INSTANCE;
    }

    /** The alarm of this process. */
    final class RealAlarm implements Alarm {
        private static final RealAlarm INSTANCE = new RealAlarm();

        private final ScheduledThreadPoolExecutor thread;

        private RealAlarm() {
            thread = new ScheduledThreadPoolExecutor(1, work -> {
                Thread made = new Thread(work, "triptych-alarm");
                made.setDaemon(true);
                return made;
            });
            thread.setRemoveOnCancelPolicy(true);
        }

        @Override
        public Runnable after(Duration time, Runnable action) {
            ScheduledFuture<?> future = thread.schedule(action, time.toNanos(), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        }
    }
}
