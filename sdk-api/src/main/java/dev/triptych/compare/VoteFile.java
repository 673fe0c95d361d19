package dev.triptych.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Votes as the report's button "Export votes" writes them.
 *
 * <pre>{@code
 * {"format": "triptych-votes/1", "comparison": "0b2f…", "votes": [
 *   {"row": 0, "left": "studio", "right": "offline", "choice": "LEFT"}]}
 * }</pre>
 *
 * @param comparison {@link Comparison#id()} of the comparison that was voted on
 * @param votes the votes, in the order in which they were cast
 */
public record VoteFile(String comparison, List<Vote> votes) {

    private static final System.Logger LOG = System.getLogger(VoteFile.class.getName());
    private static final String FORMAT = "triptych-votes/1";

    /** Copies the list. */
    public VoteFile {
        votes = List.copyOf(votes);
    }

    /**
     * The votes in {@code file}; one with a wrong field is skipped, and the log says so.
     *
     * @throws IllegalArgumentException if the file holds something else
     * @throws IOException if the file cannot be read
     */
    public static VoteFile read(Path file) throws IOException {
        try {
            return parse(CellJson.JSON.readTree(Files.readString(file)));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("votes file must be JSON but could not be read: " + file, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file.getFileName() + ": " + e.getMessage(), e);
        }
    }

    private static VoteFile parse(JsonNode root) {
        String format = root.path("format").asText();
        if (!format.equals(FORMAT)) {
            throw new IllegalArgumentException("format must be \"" + FORMAT + "\" but was \"" + format + "\"");
        }
        List<Vote> votes = new ArrayList<>();
        for (JsonNode vote : root.path("votes")) {
            try {
                votes.add(new Vote(
                        vote.path("row").asInt(-1),
                        vote.path("left").asText(),
                        vote.path("right").asText(),
                        choice(vote.path("choice").asText())));
            } catch (IllegalArgumentException e) {
                LOG.log(System.Logger.Level.WARNING, "a vote is skipped: {0}", e.getMessage());
            }
        }
        return new VoteFile(root.path("comparison").asText(), votes);
    }

    private static Vote.Choice choice(String word) {
        for (Vote.Choice choice : Vote.Choice.values()) {
            if (choice.name().equals(word)) {
                return choice;
            }
        }
        throw new IllegalArgumentException("choice must be LEFT, RIGHT or TIE but was \"" + word + "\"");
    }
}
