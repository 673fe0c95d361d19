package dev.triptych;

/** A setting of a request that a provider may or may not honour. */
public enum Parameter {
    NEGATIVE_PROMPT("negativePrompt"),
    SIZE("size"),
    ASPECT_RATIO("aspectRatio"),
    SEED("seed"),
    STEPS("steps"),
    GUIDANCE_SCALE("guidanceScale"),
    STRENGTH("strength"),
    QUALITY("quality"),
    STYLE("style"),
    BACKGROUND("background"),
    OUTPUT_FORMAT("outputFormat"),
    COMPRESSION("compression");

    private final String field;

    Parameter(String field) {
        this.field = field;
    }

    /** The request's name of this setting, such as {@code "guidanceScale"}. */
    public String field() {
        return field;
    }
}
