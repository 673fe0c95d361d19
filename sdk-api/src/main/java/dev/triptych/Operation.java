package dev.triptych;

/** What a request asks for. It follows from the request's content; nobody sets it. */
public enum Operation {
    /** A picture from a prompt alone. */
    TEXT_TO_IMAGE,
    /** A picture from a prompt and one or more input pictures. */
    IMAGE_TO_IMAGE,
    /** The white part of a mask painted anew. */
    INPAINTING,
    /** Another picture like an earlier one. */
    VARIATION,
    /** An earlier picture, larger. */
    UPSCALE
}
