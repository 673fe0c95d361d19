package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayCoreTest {

    private static final String HELLO = "{\"op\":10,\"d\":{\"heartbeat_interval\":1000}}";
    private static final String READY =
            "{\"op\":0,\"s\":1,\"t\":\"READY\",\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":\"ws://resume\"}}";

    private final GatewayCore core = new GatewayCore("the-token", 513, GatewayTiming.standard(), new Random(1));
    private final List<GatewayAction> actions = new ArrayList<>();
    private long now = 1_000_000;

    private void on(GatewayEvent event) {
        actions.clear();
        actions.addAll(core.on(event, now));
    }

    private void frame(String json) {
        on(new GatewayEvent.Frame(read(json)));
    }

    private static JsonNode read(String json) {
        try {
            return Json.read(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Lets time pass to the next moment that the core waits for. */
    private void tick() {
        now = Math.max(now, core.wakeAt());
        on(new GatewayEvent.Tick());
    }

    private void up() {
        on(new GatewayEvent.Start());
        frame(HELLO);
        frame(READY);
    }

    private List<JsonNode> sent() {
        return actions.stream()
                .filter(GatewayAction.Send.class::isInstance)
                .map(action -> read(((GatewayAction.Send) action).payload()))
                .toList();
    }

    private List<Integer> opcodes() {
        return sent().stream().map(frame -> frame.path("op").asInt()).toList();
    }

    @Test
    void identifiesAfterHello() {
        on(new GatewayEvent.Start());
        assertThat(actions).containsExactly(new GatewayAction.Connect(null));

        frame(HELLO);

        assertThat(opcodes()).containsExactly(2);
        assertThat(sent().get(0).path("d").path("token").asText()).isEqualTo("the-token");
        assertThat(sent().get(0).path("d").path("intents").asInt()).isEqualTo(513);
    }

    @Test
    void heartbeatsFirstWithinOneIntervalAndThenEachInterval() {
        up();
        long first = core.wakeAt();
        assertThat(first - now).isBetween(0L, 1000L);

        tick();
        assertThat(opcodes()).containsExactly(1);
        assertThat(sent().get(0).path("d").asInt()).isEqualTo(1);
        frame("{\"op\":11}");

        assertThat(core.wakeAt()).isEqualTo(first + 1000);
    }

    @Test
    void answersAHeartbeatThatTheServerAsksFor() {
        up();

        frame("{\"op\":1}");

        assertThat(opcodes()).containsExactly(1);
    }

    @Test
    void closesAZombieKeepingTheSessionAndResumesWithTheNewestNumber() {
        up();
        frame("{\"op\":0,\"s\":9,\"t\":\"MESSAGE_CREATE\",\"d\":{}}");
        tick();

        tick();
        assertThat(actions).contains(new GatewayAction.Close(4000));
        tick();
        assertThat(actions).containsExactly(new GatewayAction.Connect("ws://resume"));
        frame(HELLO);

        assertThat(opcodes()).containsExactly(6);
        assertThat(sent().get(0).path("d").path("seq").asInt()).isEqualTo(9);
        assertThat(sent().get(0).path("d").path("session_id").asText()).isEqualTo("abc");
    }

    @Test
    void resumesAfterAnInvalidSessionThatMayBeResumed() {
        up();

        frame("{\"op\":9,\"d\":true}");
        assertThat(core.wakeAt() - now).isBetween(1000L, 5000L);
        tick();

        assertThat(actions).containsExactly(new GatewayAction.Connect("ws://resume"));
    }

    @Test
    void identifiesAnewAfterAnInvalidSession() {
        up();

        frame("{\"op\":9,\"d\":false}");
        tick();
        assertThat(actions).containsExactly(new GatewayAction.Connect(null));
        frame(HELLO);

        assertThat(opcodesUntil(2)).contains(2);
    }

    /** What is sent while time passes and each heartbeat is answered, until {@code opcode} or for a hundred steps. */
    private List<Integer> opcodesUntil(int opcode) {
        List<Integer> seen = new ArrayList<>(opcodes());
        for (int i = 0; i < 100 && !seen.contains(opcode); i++) {
            tick();
            seen.addAll(opcodes());
            frame("{\"op\":11}");
        }
        return seen;
    }

    @Test
    void reconnectsWhenToldToEvenBeforeHello() {
        on(new GatewayEvent.Start());

        frame("{\"op\":7}");

        assertThat(actions).containsExactly(new GatewayAction.Close(4000));
        tick();
        assertThat(actions).containsExactly(new GatewayAction.Connect(null));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4008, 4321})
    void resumesAfterClose(int code) {
        up();

        on(new GatewayEvent.Closed(code));
        tick();

        assertThat(actions).containsExactly(new GatewayAction.Connect("ws://resume"));
    }

    @ParameterizedTest
    @ValueSource(ints = {4007, 4009})
    void beginsANewSessionAfterClose(int code) {
        up();

        on(new GatewayEvent.Closed(code));
        tick();

        assertThat(actions).containsExactly(new GatewayAction.Connect(null));
    }

    @ParameterizedTest
    @ValueSource(ints = {4004, 4010, 4011, 4012, 4013, 4014})
    void neverComesBackAfterClose(int code) {
        up();

        on(new GatewayEvent.Closed(code));

        assertThat(actions).singleElement().isInstanceOf(GatewayAction.Stop.class);
        assertThat(core.wakeAt()).isEqualTo(Long.MAX_VALUE);
        on(new GatewayEvent.Start());
        assertThat(actions).isEmpty();
    }

    @Test
    void dropsAnEventThatItHasSeen() {
        up();
        frame("{\"op\":0,\"s\":5,\"t\":\"MESSAGE_CREATE\",\"d\":{}}");

        frame("{\"op\":0,\"s\":5,\"t\":\"MESSAGE_CREATE\",\"d\":{}}");
        assertThat(actions).isEmpty();
        frame("{\"op\":0,\"s\":4,\"t\":\"MESSAGE_UPDATE\",\"d\":{}}");

        assertThat(actions).isEmpty();
    }

    @Test
    void identifiesAtMostNineHundredTimesADayAndFiveSecondsApart() {
        on(new GatewayEvent.Start());
        List<Long> identifies = new ArrayList<>();
        long end = now + 24L * 3600 * 1000;
        while (now < end) {
            if (actions.stream().anyMatch(GatewayAction.Connect.class::isInstance)) {
                frame(HELLO);
            }
            if (opcodes().contains(2)) {
                identifies.add(now);
                frame("{\"op\":9,\"d\":false}");
            }
            tick();
        }

        assertThat(identifies.size()).isBetween(100, 900);
        for (int i = 1; i < identifies.size(); i++) {
            assertThat(identifies.get(i) - identifies.get(i - 1)).isGreaterThanOrEqualTo(5000);
        }
    }

    @Test
    void waitsUntilNewSessionsAreAllowed() {
        on(new GatewayEvent.Start());
        on(new GatewayEvent.SessionLimit(0, 60_000));

        frame(HELLO);

        assertThat(opcodes()).doesNotContain(2);
        long asked = now;
        assertThat(opcodesUntil(2)).contains(2);
        assertThat(now - asked).isGreaterThanOrEqualTo(60_000 - 1000);
    }

    @Test
    void givesUpAConnectionThatSaysNothing() {
        on(new GatewayEvent.Start());

        tick();

        assertThat(actions).contains(new GatewayAction.Close(4000));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void beginsANewSessionAfterResumesThatAreClosedAgainAndAgain(boolean afterResumed) {
        up();
        List<Integer> said = new ArrayList<>();
        for (int attempt = 0; attempt < 5; attempt++) {
            on(new GatewayEvent.Closed(4000));
            tick();
            frame(HELLO);
            while (opcodes().isEmpty()) {
                tick();
            }
            said.addAll(opcodes());
            if (afterResumed && opcodes().contains(6)) {
                frame("{\"op\":0,\"s\":" + (2 + attempt) + ",\"t\":\"RESUMED\",\"d\":{}}");
            }
        }

        assertThat(said).containsExactly(6, 6, 6, 2, 2);
    }

    @Test
    void resumesAsOftenAsConnectionsHold() {
        up();
        for (int attempt = 0; attempt < 10; attempt++) {
            now += GatewayTiming.standard().stable();
            on(new GatewayEvent.Closed(4000));
            frame(HELLO);

            assertThat(opcodes()).containsExactly(6);
            frame("{\"op\":0,\"s\":" + (2 + attempt) + ",\"t\":\"RESUMED\",\"d\":{}}");
        }
    }

    @Test
    void forgetsAResumeAddressThatDoesNotAnswer() {
        up();
        on(new GatewayEvent.Closed(-1));
        List<GatewayAction> connects = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            tick();
            connects.addAll(actions);
            on(new GatewayEvent.Closed(-1));
        }

        assertThat(connects).startsWith(new GatewayAction.Connect("ws://resume"));
        assertThat(connects).endsWith(new GatewayAction.Connect(null));
    }

    @Test
    void backsOffUpToAMinute() {
        on(new GatewayEvent.Start());
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            on(new GatewayEvent.Closed(-1));
            waits.add(core.wakeAt() - now);
            tick();
        }

        assertThat(waits.get(0)).isBetween(500L, 1000L);
        assertThat(waits.get(11)).isBetween(30_000L, 60_000L);
    }

    @Test
    void sendsAtMost115PayloadsAMinute() {
        up();
        int sent = 0;
        for (int i = 0; i < 200; i++) {
            on(new GatewayEvent.Submit("{\"op\":3}"));
            sent += (int) opcodes().stream().filter(op -> op == 3).count();
        }

        assertThat(sent).isLessThanOrEqualTo(115);
        assertThat(core.wakeAt()).isLessThanOrEqualTo(now + 60_000);
    }

    @Test
    void connectsAgainAfterABrokenStream() {
        up();

        on(new GatewayEvent.Corrupt());

        assertThat(actions).containsExactly(new GatewayAction.Close(4000));
    }

    @Test
    void showsNothingOfItsToken() {
        assertThat(core.toString()).isEqualTo("GatewayCore[IDLE]");
    }
}
