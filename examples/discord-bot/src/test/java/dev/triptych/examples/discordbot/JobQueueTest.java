package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobQueueTest {

    private final JobQueue queue = new JobQueue(3, 5);

    private static ImageJob job(String user, String request) {
        return new ImageJob(Instruction.imagine("a fox"), user, "1", request, "", "a fox", Optional.empty(), "");
    }

    @Test
    void letsUsersTakeTurns() throws InterruptedException {
        assertThat(queue.offer(job("mona", "1"))).hasValue(0);
        assertThat(queue.offer(job("mona", "2"))).hasValue(1);
        assertThat(queue.offer(job("leo", "3"))).hasValue(1);

        assertThat(List.of(take(), take(), take())).containsExactly("1", "3", "2");
    }

    private String take() throws InterruptedException {
        return queue.take().orElseThrow().request();
    }

    @Test
    void hasRoomForSoManyOfOneUserAndSoManyInAll() {
        for (int i = 0; i < 3; i++) {
            assertThat(queue.offer(job("mona", "m" + i))).isPresent();
        }
        assertThat(queue.offer(job("mona", "m3"))).isEmpty();
        assertThat(queue.offer(job("leo", "l0"))).isPresent();
        assertThat(queue.offer(job("leo", "l1"))).isPresent();

        assertThat(queue.offer(job("raf", "r0"))).isEmpty();
    }

    @Test
    void takesOutWhatIsNoLongerWanted() {
        ImageJob first = job("mona", "1");
        queue.offer(first);
        queue.offer(job("mona", "2"));

        assertThat(queue.remove(first)).isTrue();
        assertThat(queue.remove(first)).isFalse();

        assertThat(queue.turns()).extracting(ImageJob::request).containsExactly("2");
    }

    @Test
    void endsTheWaitingWhenClosed() throws InterruptedException {
        queue.close();

        assertThat(queue.take()).isEmpty();
    }
}
