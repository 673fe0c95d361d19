package dev.triptych.diffusion.hub;

import dev.triptych.ModelLoadException;
import java.util.Optional;

/** The token that says who asks the hub, or none. It is in no message and no log. Immutable. */
public final class HubToken {

    private final String value;
    private final String place;

    private HubToken(String value, String place) {
        this.value = value;
        this.place = place;
    }

    /** Nobody in particular asks. */
    public static HubToken none() {
        return new HubToken("", "");
    }

    /**
     * The token {@code value}, line ends and blanks around it left out; blank = none.
     *
     * @param place where it was found, for messages: a variable or a file
     * @throws ModelLoadException if it holds what no header can hold
     */
    public static HubToken of(String value, String place) {
        String token = value.replaceAll("[\\r\\n]", "").strip();
        if (!token.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new ModelLoadException(place + " must hold a token of the hub, letters and digits, but holds others");
        }
        return token.isEmpty() ? none() : new HubToken(token, place);
    }

    /** Whether there is one. */
    boolean isPresent() {
        return !value.isEmpty();
    }

    /** Where it was found. */
    String place() {
        return place;
    }

    /** The value of the header {@code Authorization}. */
    Optional<String> authorization() {
        return isPresent() ? Optional.of("Bearer " + value) : Optional.empty();
    }

    /** {@code text} of a server, without the token in it. */
    String scrubbed(String text) {
        return isPresent() ? text.replace(value, "(token)") : text;
    }

    @Override
    public String toString() {
        return isPresent() ? "(token of " + place + ")" : "(no token)";
    }
}
