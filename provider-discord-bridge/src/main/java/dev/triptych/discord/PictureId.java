package dev.triptych.discord;

/**
 * The relay's name for a picture on Discord: {@code MESSAGE:TILE}.
 *
 * @param message the message that holds it
 * @param tile its place in the grid, 1 to 4 from the upper left, row by row; 0 = the message's whole picture
 */
record PictureId(String message, int tile) {

    /** Reads {@code "1234:2"}; {@code "1234"} alone means the whole picture. */
    static PictureId parse(String text) {
        String[] parts = text.split(":", -1);
        boolean tileFits = parts.length == 1 || (parts.length == 2 && parts[1].matches("[0-4]"));
        if (!tileFits || !Snowflake.isId(parts[0])) {
            throw Errors.unsupported("reference must be MESSAGE:TILE, such as 1234:2, but was \"" + text + "\"");
        }
        return new PictureId(parts[0], parts.length == 1 ? 0 : Integer.parseInt(parts[1]));
    }

    @Override
    public String toString() {
        return message + ":" + tile;
    }
}
