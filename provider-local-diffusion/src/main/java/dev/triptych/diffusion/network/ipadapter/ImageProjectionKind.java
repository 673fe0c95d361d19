package dev.triptych.diffusion.network.ipadapter;

/** How an IP-Adapter makes tokens of what a vision tower says of a picture. */
public enum ImageProjectionKind {
    /** A few tokens from the embedding of the whole picture. */
    PLAIN,
    /** A token from each token of the last layer but one: "full", of faces. */
    FULL,
    /** Some tokens that look at those of the last layer but one: "Plus". */
    PLUS;

    /** Whether it reads the tower's tokens, not its embedding. */
    public boolean readsTokens() {
        return this != PLAIN;
    }
}
