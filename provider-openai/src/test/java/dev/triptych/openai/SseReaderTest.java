package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SseReaderTest {

    private static List<String> events(String stream) throws IOException {
        List<String> events = new ArrayList<>();
        new SseReader(new ByteArrayInputStream(stream.getBytes(StandardCharsets.UTF_8)))
                .forEach(data -> events.add(new String(data.readAllBytes(), StandardCharsets.UTF_8)));
        return events;
    }

    @Test
    void readsEventsSeparatedByEmptyLines() throws IOException {
        assertThat(events("data: one\n\ndata: two\n\n")).containsExactly("one", "two");
    }

    @Test
    void readsEachKindOfLineEnd() throws IOException {
        assertThat(events("data: one\r\n\r\ndata: two\r\rdata: three\n\n")).containsExactly("one", "two", "three");
    }

    @Test
    void joinsTheDataLinesOfOneEvent() throws IOException {
        assertThat(events("data: one\ndata: two\n\n")).containsExactly("one\ntwo");
    }

    @Test
    void passesOverCommentsNamesAndIds() throws IOException {
        assertThat(events(": hello\nevent: x\nid: 7\ndata: one\nretry: 5\ndata: two\n\n: bye\n\n"))
                .containsExactly("one\ntwo");
    }

    @Test
    void takesOneSpaceAwayAndNoMore() throws IOException {
        assertThat(events("data:none\n\ndata:  two\n\n")).containsExactly("none", " two");
    }

    @Test
    void readsALastEventThatIsNotClosed() throws IOException {
        assertThat(events("data: one")).containsExactly("one");
    }

    @Test
    void passesOverAByteOrderMark() throws IOException {
        assertThat(events("\ufeffdata: one\n\n")).containsExactly("one");
    }

    @Test
    void readsNothingFromNothing() throws IOException {
        assertThat(events("")).isEmpty();
        assertThat(events("\n\n\n")).isEmpty();
    }

    @Test
    void skipsWhatAHandlerLeavesUnread() throws IOException {
        List<Integer> first = new ArrayList<>();

        new SseReader(new ByteArrayInputStream("data: abc\n\ndata: def\n\n".getBytes(StandardCharsets.UTF_8)))
                .forEach(data -> first.add(data.read()));

        assertThat(first).containsExactly((int) 'a', (int) 'd');
    }

    @Test
    void readsDataLargerThanItsBuffer() throws IOException {
        String large = "x".repeat(100_000);

        assertThat(events("data: " + large + "\n\ndata: end\n\n")).containsExactly(large, "end");
    }
}
