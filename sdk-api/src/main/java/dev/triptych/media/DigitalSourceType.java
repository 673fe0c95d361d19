package dev.triptych.media;

/**
 * How a picture came to be, in the words of the IPTC's vocabulary that newsrooms and platforms read to label pictures
 * made by a model.
 *
 * @see <a href="http://cv.iptc.org/newscodes/digitalsourcetype/">IPTC digital source types</a>
 */
public enum DigitalSourceType {
    /** Made by a model alone. */
    TRAINED_ALGORITHMIC_MEDIA("trainedAlgorithmicMedia"),
    /** Made by a model within another picture, as in inpainting. */
    COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA("compositeWithTrainedAlgorithmicMedia");

    private static final String VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/";

    private final String code;

    DigitalSourceType(String code) {
        this.code = code;
    }

    /** The type as the vocabulary names it. */
    public String uri() {
        return VOCABULARY + code;
    }
}
