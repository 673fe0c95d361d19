package dev.triptych.openai;

/**
 * Where servers of the images API differ in what they are sent.
 *
 * @param shape how they are told the size
 * @param pictures how they are given input pictures
 */
record ImagesDialect(Shape shape, Pictures pictures) {

    /** OpenAI's own. */
    static final ImagesDialect OPENAI = new ImagesDialect(Shape.SIZE, Pictures.FORM);

    /** How a server is told the size. */
    enum Shape {
        /** {@code size: "1024x768"}. */
        SIZE,
        /** {@code width: 1024, height: 768}. */
        WIDTH_HEIGHT,
        /** {@code aspect_ratio: "4:3"}, and the area by {@code resolution}; size is an error. */
        RATIO
    }

    /** How a server is given input pictures. */
    enum Pictures {
        /** Files of a form to {@code /images/edits}. */
        FORM,
        /** {@code image: {url, type}} or a list of these in JSON to {@code /images/edits}, the URL being a data URL. */
        IMAGE_URL,
        /** {@code image}, a data URL or a list of them, in the call that generates. */
        IMAGE,
        /** Not at all. */
        NONE
    }
}
