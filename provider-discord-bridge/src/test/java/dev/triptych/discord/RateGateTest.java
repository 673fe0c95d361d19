package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cancellation;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateGateTest {

    private static final Route POST = Route.createMessage("1");
    private static final Route OTHER_CHANNEL = Route.createMessage("2");
    private static final Route CALLBACK = Route.callback("5", "token");

    private long now = 1000;
    private final RateGate gate = new RateGate(new MonotonicTime() {
        @Override
        public long millis() {
            return now;
        }

        @Override
        public void sleep(long millis, @Nullable Cancellation cancellation) {
            now += millis;
        }
    });

    private long enter(Route route) throws Exception {
        long before = now;
        gate.enter(route, CallScope.until(Long.MAX_VALUE / 2));
        return now - before;
    }

    private static Headers headers(int limit, int remaining, double resetAfter) {
        return Headers.of(
                "X-RateLimit-Limit",
                "" + limit,
                "X-RateLimit-Remaining",
                "" + remaining,
                "X-RateLimit-Reset-After",
                "" + resetAfter,
                "X-RateLimit-Bucket",
                "abcd");
    }

    @Test
    void waitsForTheEndOfAFullWindow() throws Exception {
        enter(POST);
        gate.answered(POST, 200, headers(5, 0, 1.5));

        assertThat(enter(POST)).isEqualTo(1500);
    }

    @Test
    void keepsChannelsApart() throws Exception {
        enter(POST);
        gate.answered(POST, 200, headers(5, 0, 1.5));

        assertThat(enter(OTHER_CHANNEL)).isZero();
    }

    @Test
    void letsAsManyThroughAsAreLeft() throws Exception {
        enter(POST);
        gate.answered(POST, 200, headers(5, 2, 3));

        assertThat(enter(POST)).isZero();
        assertThat(enter(POST)).isZero();
        assertThat(enter(POST)).isEqualTo(3000);
    }

    @Test
    void stopsEverythingOnAGlobalLimitButInteractions() throws Exception {
        enter(POST);
        gate.answered(POST, 429, Headers.of());
        gate.limited(POST, 2000, true);

        assertThat(enter(CALLBACK)).isZero();
        assertThat(enter(OTHER_CHANNEL)).isEqualTo(2000);
    }

    @Test
    void doesNotHoldUpAServerWithoutLimits() throws Exception {
        enter(POST);
        gate.answered(POST, 200, Headers.of());

        assertThat(enter(POST)).isZero();
        assertThat(enter(POST)).isZero();
    }

    @Test
    void endsItsWaitWhenCancelled() throws Exception {
        enter(POST);
        gate.answered(POST, 200, headers(5, 0, 60));
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();

        assertThatThrownBy(() -> gate.enter(POST, new CallScope(Long.MAX_VALUE / 2, cancellation)))
                .isInstanceOfSatisfying(
                        RestFailure.class,
                        failure -> assertThat(failure.mayHaveHappened()).isFalse())
                .hasMessage("POST /channels/{}/messages was cancelled");
    }

    @Test
    void failsAtOnceWhereTheWaitIsTooLong() throws Exception {
        enter(POST);
        gate.answered(POST, 200, headers(5, 0, 60));

        assertThatThrownBy(() -> gate.enter(POST, CallScope.until(now + 1000)))
                .isInstanceOf(RestFailure.class)
                .hasMessage("POST /channels/{}/messages must wait 60000 ms for its rate limit"
                        + " but the deadline is before that");
    }

    @Test
    void stopsBeforeDiscordBansTheAddress() throws Exception {
        for (int i = 0; i < 5000; i++) {
            gate.answered(POST, 403, Headers.of());
        }

        assertThatThrownBy(() -> enter(POST)).hasMessageContaining("Discord must not refuse more than 5000 calls");
        now += 600_001;
        assertThat(enter(POST)).isZero();
    }

    @Test
    void doesNotCountLimitsSharedWithOthers() throws Exception {
        for (int i = 0; i < 5000; i++) {
            gate.answered(POST, 429, Headers.of("X-RateLimit-Scope", "shared"));
        }

        assertThat(enter(OTHER_CHANNEL)).isZero();
    }
}
