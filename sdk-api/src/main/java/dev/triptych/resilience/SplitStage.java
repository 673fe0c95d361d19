package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Cuts a request for more pictures than a call may ask for into several calls: seeds go on from call to call, some run
 * side by side, and the pictures that came are kept when others did not.
 */
final class SplitStage implements Stage {

    private final GeneratorInfo generator;
    private final Supplier<Capabilities> capabilities;
    private final int parallelCalls;
    private final Stage next;

    SplitStage(GeneratorInfo generator, Supplier<Capabilities> capabilities, int parallelCalls, Stage next) {
        this.generator = generator;
        this.capabilities = capabilities;
        this.parallelCalls = parallelCalls;
        this.next = next;
    }

    @Override
    public ImageResult run(Call call) {
        int most = capabilities.get().maxImagesPerCall();
        if (call.request().count() <= most) {
            return next.run(call);
        }
        return new SplitRun(generator, call, parts(call.request(), most), next).run(parallelCalls);
    }

    /** {@code request} in parts of at most {@code most} pictures, with seed, seed + most, … */
    static List<ImageRequest> parts(ImageRequest request, int most) {
        List<ImageRequest> parts = new ArrayList<>();
        for (int from = 0; from < request.count(); from += most) {
            ImageRequest.Builder part = request.toBuilder().count(Math.min(most, request.count() - from));
            if (request.seed().isPresent()) {
                part.seed(request.seed().getAsLong() + from);
            }
            parts.add(part.build());
        }
        return parts;
    }
}
