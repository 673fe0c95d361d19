package dev.triptych.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Optional;

/**
 * A parameter of the images API that no field of a request stands for; a caller sets it as {@code openai.NAME}, its
 * words joined by hyphens: {@code openai.input-fidelity}. Source: openai-node 7.57.0, src/resources/images.ts.
 */
enum ApiOption {
    /** How strictly prompts and pictures are checked: {@code low} or {@code auto}. */
    MODERATION("moderation"),
    /** The caller's own id of its end user; deprecated in favour of {@code safety_identifier}. */
    USER("user"),
    /** A stable hashed id of the end user. */
    SAFETY_IDENTIFIER("safety_identifier"),
    /** How closely an edit keeps to its inputs: {@code low} or {@code high}. */
    INPUT_FIDELITY("input_fidelity"),
    /** How many unfinished pictures are shown on the way; the answer is then streamed. */
    PARTIAL_IMAGES("partial_images", 0, 3),
    /** How much detail a drawing gets: {@code low}, {@code medium} or {@code high}. */
    COMPLEXITY("complexity"),
    /** Pictures of an animated GIF. The official client says at most 16; the AI SDK of Vercel lets 64 pass. */
    FRAME_COUNT("frame_count", 2, 16),
    /** Time of each picture of an animated GIF, in steps of 10. */
    FRAME_DURATION_MS("frame_duration_ms", 10, 60_000),
    /** {@code url} or {@code b64_json}, for DALL·E and compatible servers. */
    RESPONSE_FORMAT("response_format");

    private final String parameter;
    private final boolean number;
    private final int least;
    private final int most;

    ApiOption(String parameter) {
        this(parameter, false, 0, 0);
    }

    ApiOption(String parameter, int least, int most) {
        this(parameter, true, least, most);
    }

    ApiOption(String parameter, boolean number, int least, int most) {
        this.parameter = parameter;
        this.number = number;
        this.least = least;
        this.most = most;
    }

    /** The API's own name, such as {@code "input_fidelity"}. */
    String parameter() {
        return parameter;
    }

    /** The caller's name, such as {@code "openai.input-fidelity"}. */
    String key() {
        return "openai." + parameter.replace('_', '-');
    }

    /** The option that a caller calls {@code key}. */
    static Optional<ApiOption> of(String key) {
        return Arrays.stream(values())
                .filter(option -> option.key().equals(key))
                .findFirst();
    }

    /** Writes {@code value} into {@code body}, as a number where the API wants one. */
    void write(ObjectNode body, String value, Differences differences) {
        if (number) {
            body.put(parameter, parse(value, differences));
        } else {
            body.put(parameter, value);
        }
    }

    private int parse(String value, Differences differences) {
        try {
            int parsed = Integer.parseInt(value.strip());
            if (parsed >= least && parsed <= most) {
                return parsed;
            }
        } catch (NumberFormatException e) {
            // The same sentence says both: no number, or one out of range.
        }
        throw differences.unsupported("option " + key() + " must be a whole number from " + least + " to " + most
                + " but was \"" + value + "\"");
    }
}
