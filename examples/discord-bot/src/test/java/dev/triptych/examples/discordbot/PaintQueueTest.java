package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PaintQueueTest {

    private final PaintQueue queue = new PaintQueue(3, 5);

    private static Order order(String user, String request) {
        return new Order(Wish.imagine("a fox"), user, "1", request, "a fox", Optional.empty(), "", new Cancellation());
    }

    @Test
    void letsUsersTakeTurns() throws InterruptedException {
        assertThat(queue.offer(order("mona", "1"))).hasValue(0);
        assertThat(queue.offer(order("mona", "2"))).hasValue(1);
        assertThat(queue.offer(order("leo", "3"))).hasValue(1);

        assertThat(List.of(take(), take(), take())).containsExactly("1", "3", "2");
    }

    private String take() throws InterruptedException {
        return queue.take().orElseThrow().request();
    }

    @Test
    void hasRoomForSoManyOfOneUserAndSoManyInAll() {
        for (int i = 0; i < 3; i++) {
            assertThat(queue.offer(order("mona", "m" + i))).isPresent();
        }
        assertThat(queue.offer(order("mona", "m3"))).isEmpty();
        assertThat(queue.offer(order("leo", "l0"))).isPresent();
        assertThat(queue.offer(order("leo", "l1"))).isPresent();

        assertThat(queue.offer(order("raf", "r0"))).isEmpty();
    }

    @Test
    void takesOutWhatIsNoLongerWanted() {
        queue.offer(order("mona", "1"));
        queue.offer(order("mona", "2"));

        queue.remove(order -> order.request().equals("1"));

        assertThat(queue.turns()).extracting(Order::request).containsExactly("2");
    }

    @Test
    void endsTheWaitingWhenClosed() throws InterruptedException {
        queue.close();

        assertThat(queue.take()).isEmpty();
    }
}
