package dev.triptych.compare;

/**
 * What a scorer measures.
 *
 * @param id the key of the score in files, such as {@code "sharpness"}
 * @param label its name for a person
 * @param unit the unit of the score; {@code ""} = a plain number
 * @param better which end of the scale is the better one
 * @param description one sentence: what it is, its range and what the ends mean
 */
public record Measure(String id, String label, String unit, Better better, String description) {

    /** Which end of a scale is the better one. */
    public enum Better {
        /** More is better. */
        HIGHER,
        /** Less is better. */
        LOWER,
        /** It describes and does not judge. */
        NEITHER
    }
}
