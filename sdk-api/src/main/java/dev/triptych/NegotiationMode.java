package dev.triptych;

/** What happens when a request asks for something a generator cannot do. */
public enum NegotiationMode {
    /** The nearest possible value is taken and a warning says so. The default. */
    ADAPT,
    /** The request fails with an {@link UnsupportedRequestException} before any work. */
    STRICT
}
