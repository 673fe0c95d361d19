package dev.triptych;

/**
 * Points at an earlier picture on the provider's side, and says what to make of it.
 *
 * @param providerId the provider that holds the picture
 * @param imageId the provider's own id of the picture; only that provider reads it
 * @param operation {@link Operation#VARIATION} or {@link Operation#UPSCALE}
 */
public record ImageReference(String providerId, String imageId, Operation operation) {

    /** @throws IllegalArgumentException if the operation needs no earlier picture */
    public ImageReference {
        if (operation != Operation.VARIATION && operation != Operation.UPSCALE) {
            throw new IllegalArgumentException("reference operation must be VARIATION or UPSCALE but was " + operation);
        }
    }
}
