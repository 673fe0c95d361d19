package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.compare.Vote.Choice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VoteFileTest {

    @TempDir
    Path folder;

    @Test
    void readsWhatThePageExports() throws IOException {
        VoteFile file = VoteFile.read(write("{\"format\":\"triptych-votes/1\",\"comparison\":\"c1\",\"votes\":["
                + "{\"row\":2,\"left\":\"a\",\"right\":\"b\",\"choice\":\"LEFT\"},"
                + "{\"row\":0,\"left\":\"b\",\"right\":\"a\",\"choice\":\"TIE\"}]}"));

        assertThat(file)
                .isEqualTo(new VoteFile(
                        "c1", List.of(new Vote(2, "a", "b", Choice.LEFT), new Vote(0, "b", "a", Choice.TIE))));
    }

    @Test
    void refusesOtherFiles() throws IOException {
        Path other = write("{\"votes\":[]}");
        assertThatThrownBy(() -> VoteFile.read(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("votes.json: format must be \"triptych-votes/1\" but was \"\"");

        Path text = write("hello");
        assertThatThrownBy(() -> VoteFile.read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("votes file must be JSON but could not be read: " + text);
    }

    @Test
    void skipsAVoteWithAWrongField() throws IOException {
        VoteFile file = VoteFile.read(write("{\"format\":\"triptych-votes/1\",\"comparison\":\"c1\",\"votes\":["
                + "{\"row\":0,\"left\":\"a\",\"right\":\"b\",\"choice\":\"a\"},"
                + "{\"row\":1,\"left\":\"a\",\"right\":\"b\",\"choice\":\"TIE\"}]}"));

        assertThat(file.votes()).containsExactly(new Vote(1, "a", "b", Vote.Choice.TIE));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("votes.json"), text);
    }
}
