package dev.triptych.resilience;

import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Holds what a provider gave against what it was asked for, in one place for all of them: pictures that are missing are
 * failures, and another number or size than asked for is a warning.
 */
final class ResultCheck {

    private final ImageRequest request;
    private final ImageResult result;
    private final GeneratorInfo generator;

    private ResultCheck(ImageRequest request, ImageResult result, GeneratorInfo generator) {
        this.request = request;
        this.result = result;
        this.generator = generator;
    }

    /** {@code result} with all that it does not say itself. */
    static ImageResult held(ImageRequest request, ImageResult result, GeneratorInfo generator, CostClass cost) {
        ResultCheck check = new ResultCheck(request, result, generator);
        List<GenerationWarning> more = check.warnings();
        ImageResult warned = more.isEmpty() ? result : result.withMoreWarnings(more);
        List<ImageFailure> missing = check.missing(cost);
        if (missing.isEmpty()) {
            return warned;
        }
        List<ImageFailure> failures = new ArrayList<>(result.failures());
        failures.addAll(missing);
        return new ImageResult(
                warned.images(), failures, warned.warnings(), warned.usage(), warned.cost(), warned.execution());
    }

    /** The pictures that neither came nor failed. Those that came have the first places that no failure holds. */
    private List<ImageFailure> missing(CostClass cost) {
        int number =
                request.count() - result.images().size() - result.failures().size();
        if (number <= 0) {
            return List.of();
        }
        Set<Integer> taken = result.failures().stream().map(ImageFailure::index).collect(Collectors.toSet());
        List<Integer> free = new ArrayList<>();
        for (int i = 0; i < request.count(); i++) {
            if (!taken.contains(i)) {
                free.add(i);
            }
        }
        ImageGenerationException error = new UnexpectedResponseException(
                generator.name() + " must give " + pictures(request.count()) + " but gave "
                        + pictures(result.images().size()),
                ErrorOrigin.of(generator.provider(), cost == CostClass.FREE ? Outcome.REJECTED : Outcome.UNKNOWN));
        return free.subList(Math.min(result.images().size(), free.size()), free.size()).stream()
                .map(index -> new ImageFailure(index, error))
                .toList();
    }

    private static String pictures(int number) {
        return number == 1 ? "1 picture" : number + " pictures";
    }

    private List<GenerationWarning> warnings() {
        Set<GenerationWarning> warnings = new LinkedHashSet<>();
        if (result.images().size() > request.count()) {
            warnings.add(GenerationWarning.notice(
                    "count",
                    generator.name() + " was asked for " + pictures(request.count()) + " and gave "
                            + pictures(result.images().size())));
        }
        result.images().forEach(image -> sizeOf(image).ifPresent(warnings::add));
        return List.copyOf(warnings);
    }

    /** The warning of a size that was neither asked for nor is explained by the result itself. */
    private Optional<GenerationWarning> sizeOf(GeneratedImage image) {
        ImageSize painted = new ImageSize(image.width(), image.height());
        Optional<ImageSize> effective = result.execution().effectiveRequest().size();
        Optional<ImageSize> asked = request.size();
        boolean explained = result.warnings().stream()
                .filter(warning -> warning.field().equals("size"))
                .anyMatch(warning -> warning.kind() == GenerationWarning.Kind.NOTICE
                        || effective.filter(painted::equals).isPresent());
        if (asked.isEmpty() || asked.get().equals(painted) || explained) {
            return Optional.empty();
        }
        return Optional.of(
                GenerationWarning.adapted("size", "size must be " + asked.get() + " but the picture is " + painted));
    }
}
