package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a safety checker refuses, as embeddings with thresholds: diffusers 0.36's {@code StableDiffusionSafetyChecker}
 * (pipelines/stable_diffusion/safety_checker.py, {@code forward}). Immutable.
 *
 * @param concepts what is refused
 * @param specialCare what makes the checker stricter where it is found, and is not refused by itself
 */
record SafetyConcepts(List<Concept> concepts, List<Concept> specialCare) {

    /** What every later score is raised by once a concept of special care is found. */
    private static final float ADJUSTMENT = 0.01f;

    /** Copies the lists. */
    SafetyConcepts {
        concepts = List.copyOf(concepts);
        specialCare = List.copyOf(specialCare);
    }

    /**
     * A concept.
     *
     * @param embedding its direction, of length 1
     * @param threshold the cosine above which a picture shows it
     */
    @SuppressWarnings("ArrayRecordComponent") // never handed out
    record Concept(float[] embedding, float threshold) {}

    /**
     * Reads both kinds.
     *
     * @param size the length of a picture's embedding
     * @throws dev.triptych.ModelLoadException if a tensor is missing or of another shape
     */
    static SafetyConcepts read(Weights weights, int size) {
        return new SafetyConcepts(
                read(weights, "concept_embeds", 17, size), read(weights, "special_care_embeds", 3, size));
    }

    private static List<Concept> read(Weights weights, String name, int count, int size) {
        float[] embeddings = weights.require(name, count, size).values();
        float[] thresholds = weights.require(name + "_weights", count).values();
        List<Concept> read = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] row = Arrays.copyOfRange(embeddings, i * size, (i + 1) * size);
            read.add(new Concept(normalised(row), thresholds[i]));
        }
        return read;
    }

    /** Numbers of the concepts, from 0, that a picture of this embedding shows; empty = it may be shown. */
    List<Integer> found(float[] embedding) {
        float[] direction = normalised(embedding);
        float adjustment = 0;
        for (Concept concept : specialCare) {
            if (isFound(concept, direction, adjustment)) {
                adjustment = ADJUSTMENT;
            }
        }
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < concepts.size(); i++) {
            if (isFound(concepts.get(i), direction, adjustment)) {
                found.add(i);
            }
        }
        return found;
    }

    /** Whether the score, rounded to three digits as NumPy rounds a 32-bit float, is above 0. */
    private static boolean isFound(Concept concept, float[] direction, float adjustment) {
        double cosine = 0;
        for (int i = 0; i < direction.length; i++) {
            cosine += (double) direction[i] * concept.embedding()[i];
        }
        float score = (float) cosine - concept.threshold() + adjustment;
        return Math.rint(score * 1000f) > 0;
    }

    /** torch.nn.functional.normalize: no vector is divided by less than 1e-12. */
    private static float[] normalised(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        float length = (float) Math.max(Math.sqrt(squares), 1e-12);
        float[] direction = new float[vector.length];
        for (int i = 0; i < direction.length; i++) {
            direction[i] = vector[i] / length;
        }
        return direction;
    }
}
