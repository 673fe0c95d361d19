package dev.triptych.discord.simulator;

/**
 * A file that goes into a simulated message.
 *
 * @param filename its name
 * @param mediaType its type
 * @param bytes what is in it
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, only served.
public record SimulatedFile(String filename, String mediaType, byte[] bytes) {

    /** A picture called {@code filename}. */
    public static SimulatedFile png(String filename, byte[] bytes) {
        return new SimulatedFile(filename, "image/png", bytes);
    }
}
