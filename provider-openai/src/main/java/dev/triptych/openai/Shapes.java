package dev.triptych.openai;

import dev.triptych.AspectRatio;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;

/** Sizes for servers that take shapes: the nearest one they have, and a word for the area. */
final class Shapes {

    private Shapes() {}

    /**
     * {@code request} with one of {@code ratios} in place of a size or of another shape, and a warning of what will
     * come.
     */
    static ImageRequest settle(ImageRequest request, Collection<AspectRatio> ratios, Differences differences) {
        return settle(request, ratios, Map.of(), "", differences);
    }

    /**
     * The same for a server that has {@code resolutions}, words for areas in pixels: the nearest to a size that was
     * asked for becomes the option {@code resolutionOption}, unless that is set.
     */
    static ImageRequest settle(
            ImageRequest request,
            Collection<AspectRatio> ratios,
            Map<String, Long> resolutions,
            String resolutionOption,
            Differences differences) {
        if (request.size().isPresent()) {
            ImageSize size = request.size().get();
            AspectRatio nearest = nearest(ratios, (double) size.width() / size.height());
            ImageRequest.Builder shaped =
                    request.toBuilder().size((ImageSize) null).aspectRatio(nearest);
            String taken = nearest.toString();
            if (!resolutions.isEmpty()) {
                String resolution =
                        request.options().getOrDefault(resolutionOption, nearest(resolutions, size.pixels()));
                shaped.option(resolutionOption, resolution);
                taken += " at " + resolution;
            }
            differences.adapted("size", "size must be a shape but was " + size + "; " + taken + " was taken");
            return shaped.build();
        }
        if (request.aspectRatio().isPresent()
                && !ratios.contains(request.aspectRatio().get())) {
            AspectRatio nearest = nearest(ratios, request.aspectRatio().get().value());
            differences.adapted(
                    "aspectRatio",
                    "aspectRatio must be one of " + ratios + " but was "
                            + request.aspectRatio().get() + "; " + nearest + " was taken");
            return request.toBuilder().aspectRatio(nearest).build();
        }
        return request;
    }

    private static AspectRatio nearest(Collection<AspectRatio> ratios, double ratio) {
        return ratios.stream()
                .min(Comparator.comparingDouble(candidate -> Math.abs(Math.log(candidate.value() / ratio))))
                .orElseThrow();
    }

    /** The word whose area is nearest to {@code pixels}, by their ratio. */
    static String nearest(Map<String, Long> resolutions, long pixels) {
        return resolutions.entrySet().stream()
                .min(Comparator.comparingDouble(each -> Math.abs(Math.log((double) each.getValue() / pixels))))
                .map(Map.Entry::getKey)
                .orElseThrow();
    }
}
