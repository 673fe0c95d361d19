package dev.triptych.resilience;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;

/**
 * Watches every request of a generator and each attempt to serve it, for metrics and traces. Thread-safe. What is
 * thrown here is logged and changes nothing about the request.
 */
public interface GenerationObserver {

    /** A request begins, on this thread; the result hears how it ends, on the same thread. */
    default Watch requestStarted(GeneratorInfo generator, ImageRequest request, String requestId) {
        return Watch.NONE;
    }

    /** An attempt begins, on this thread; {@code attempt} counts from 1. */
    default Watch attemptStarted(GeneratorInfo generator, ImageRequest request, String requestId, int attempt) {
        return Watch.NONE;
    }

    /** Hears how a request or an attempt ends: one of the two, once. */
    interface Watch {
        /** Hears nothing. */
        Watch NONE = new Watch() {
            @Override
            public void succeeded(ImageResult result) {}

            @Override
            public void failed(Throwable error) {}
        };

        /** It gave pictures. */
        void succeeded(ImageResult result);

        /** It failed. */
        void failed(Throwable error);
    }
}
