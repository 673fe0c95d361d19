package dev.triptych;

/** What an input picture is for. Only {@link #START} makes a request image-to-image. */
public enum InputRole {
    /** The picture is where the new one starts from, and what a mask lies on. The default. */
    START,
    /** The picture shows something that the new one is to show too, such as a person or a product. */
    REFERENCE,
    /** The picture steers the shape of the new one, such as edges or a depth map do for a ControlNet. */
    CONTROL,
    /** The picture lends its look, as with an IP-Adapter. */
    STYLE;

    /**
     * The role that {@code word} names, in any case.
     *
     * @throws IllegalArgumentException if it names none
     */
    public static InputRole parse(String word) {
        for (InputRole role : values()) {
            if (role.name().equalsIgnoreCase(word)) {
                return role;
            }
        }
        throw new IllegalArgumentException("role must be START, REFERENCE, CONTROL or STYLE but was \"" + word + "\"");
    }
}
