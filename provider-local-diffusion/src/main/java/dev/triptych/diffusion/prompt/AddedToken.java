package dev.triptych.diffusion.prompt;

/**
 * A token that is recognised in the text as typed. Its {@code lstrip} and {@code rstrip} are not kept: they take white
 * space away, and CLIP's rule collapses that in any case.
 *
 * @param content how it is typed
 * @param singleWord whether it counts only between spaces
 * @param anyCase whether it is recognised in capitals too: {@code normalized} of {@code tokenizer.json}
 */
record AddedToken(String content, boolean singleWord, boolean anyCase) {

    AddedToken(String content, boolean singleWord) {
        this(content, singleWord, false);
    }
}
