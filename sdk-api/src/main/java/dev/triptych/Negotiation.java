package dev.triptych;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The one place where a request is held against what a generator can do, before any work or money is spent.
 *
 * <p>Hard limits (operation, count, inputs, prompt length) are always errors: nothing of them is adapted away. Every
 * other difference is a warning in mode {@link NegotiationMode#ADAPT} and an error in mode
 * {@link NegotiationMode#STRICT}. Options of other providers are for them, and pass without a word.
 */
public final class Negotiation {

    private final ImageRequest request;
    private final Capabilities capabilities;
    private final NegotiationMode mode;
    private final String providerId;
    private final ImageRequest.Builder effective;
    private final List<GenerationWarning> warnings = new ArrayList<>();

    private Negotiation(ImageRequest request, Capabilities capabilities, NegotiationMode mode, String providerId) {
        this.request = request;
        this.capabilities = capabilities;
        this.mode = mode;
        this.providerId = providerId;
        this.effective = request.toBuilder();
    }

    /**
     * What is left of {@code request} when {@code capabilities} are applied.
     *
     * @throws UnsupportedRequestException if a hard limit is passed, or in STRICT mode if anything would change
     */
    public static Negotiated negotiate(
            ImageRequest request, Capabilities capabilities, NegotiationMode mode, String providerId) {
        return new Negotiation(request, capabilities, mode, providerId).run();
    }

    /**
     * The outcome: what will be asked of the provider, and how that differs from what was wanted.
     *
     * @param request the effective request
     * @param warnings each difference
     */
    public record Negotiated(ImageRequest request, List<GenerationWarning> warnings) {
        /** Copies the list. */
        public Negotiated {
            warnings = List.copyOf(warnings);
        }
    }

    private Negotiated run() {
        checkHardLimits();
        dropWhatHasNoEffect();
        settleSize();
        settleWord(Parameter.QUALITY, request.quality(), capabilities.qualities(), () -> effective.quality(null));
        settleWord(Parameter.STYLE, request.style(), capabilities.styles(), () -> effective.style(null));
        settleWord(
                Parameter.BACKGROUND,
                request.background(),
                capabilities.backgrounds(),
                () -> effective.background(null));
        settleWord(
                Parameter.OUTPUT_FORMAT,
                request.outputFormat(),
                capabilities.outputFormats(),
                () -> effective.outputFormat(null));
        settleOptions();
        return new Negotiated(effective.build(), warnings);
    }

    private void checkHardLimits() {
        Operation operation = request.operation();
        if (!capabilities.operations().contains(operation)) {
            throw unsupported(
                    "operation must be one of " + sorted(capabilities.operations()) + " but was " + operation);
        }
        boolean wordless = request.prompt().isBlank()
                && request.inputs().isEmpty()
                && request.reference().isEmpty();
        if (wordless && !capabilities.emptyPrompt()) {
            throw unsupported("prompt must say what to show but was empty, and there is no input picture or reference");
        }
        if (request.count() > capabilities.maxImagesPerCall()) {
            throw unsupported(
                    "count must be at most " + capabilities.maxImagesPerCall() + " a call but was " + request.count());
        }
        if (request.inputs().size() > capabilities.maxInputs()) {
            throw unsupported("inputs must be at most " + capabilities.maxInputs() + " but were "
                    + request.inputs().size());
        }
        int limit = capabilities.maxPromptCharacters().orElse(Integer.MAX_VALUE);
        // As servers count: an emoji is one character, though Java keeps it in two.
        int characters = request.prompt().codePointCount(0, request.prompt().length());
        if (characters > limit) {
            throw unsupported("prompt must be at most " + limit + " characters but was " + characters);
        }
        request.reference()
                .filter(reference -> !reference.providerId().equals(providerId))
                .ifPresent(reference -> {
                    throw unsupported("reference must be to a picture of " + providerId + " but was to one of "
                            + reference.providerId());
                });
    }

    private void dropWhatHasNoEffect() {
        drop(Parameter.NEGATIVE_PROMPT, !request.negativePrompt().isEmpty(), () -> effective.negativePrompt(""));
        drop(Parameter.SEED, request.seed().isPresent(), () -> effective.seed(null));
        drop(Parameter.STEPS, request.steps().isPresent(), () -> effective.steps(null));
        drop(Parameter.GUIDANCE_SCALE, request.guidanceScale().isPresent(), () -> effective.guidanceScale(null));
        drop(Parameter.STRENGTH, request.strength().isPresent(), () -> effective.strength(null));
        drop(Parameter.COMPRESSION, request.compression().isPresent(), () -> effective.compression(null));
        if (request.strength().isPresent() && request.inputs().isEmpty() && capabilities.honours(Parameter.STRENGTH)) {
            differ(GenerationWarning.ignored("strength", "strength has no effect without an input picture"));
            effective.strength(null);
        }
    }

    private void drop(Parameter parameter, boolean present, Runnable remove) {
        if (present && !capabilities.honours(parameter)) {
            differ(GenerationWarning.ignored(parameter.field(), parameter.field() + " has no effect here"));
            remove.run();
        }
    }

    private void settleSize() {
        SizeRule rule = capabilities.sizes();
        request.size().ifPresent(wanted -> {
            if (!capabilities.honours(Parameter.SIZE)) {
                differ(GenerationWarning.ignored("size", "size has no effect here"));
                effective.size((ImageSize) null);
            } else if (!rule.accepts(wanted)) {
                ImageSize taken = rule.nearest(wanted);
                differ(GenerationWarning.adapted(
                        "size",
                        "size must be " + rule.describe() + " but was " + wanted + "; " + taken + " was taken"));
                effective.size(taken);
            }
        });
        request.aspectRatio().ifPresent(wanted -> settleAspectRatio(rule, wanted));
    }

    private void settleAspectRatio(SizeRule rule, AspectRatio wanted) {
        if (capabilities.honours(Parameter.ASPECT_RATIO)) {
            return;
        }
        effective.aspectRatio(null);
        if (!capabilities.honours(Parameter.SIZE)) {
            differ(GenerationWarning.ignored("aspectRatio", "aspectRatio has no effect here"));
            return;
        }
        ImageSize taken = rule.forRatio(wanted);
        effective.size(taken);
        double error = Math.abs((double) taken.width() / taken.height() / wanted.value() - 1);
        if (error > 0.02) {
            differ(GenerationWarning.adapted(
                    "aspectRatio", "no size has the shape " + wanted + "; " + taken + " was taken"));
        }
    }

    private void settleWord(Parameter parameter, Optional<String> wanted, Set<String> known, Runnable remove) {
        if (wanted.isEmpty()) {
            return;
        }
        if (parameter == Parameter.OUTPUT_FORMAT && known.size() == 1 && known.contains(wanted.get())) {
            return;
        }
        if (!capabilities.honours(parameter)) {
            drop(parameter, true, remove);
        } else if (!known.isEmpty() && !known.contains(wanted.get())) {
            differ(GenerationWarning.ignored(
                    parameter.field(),
                    parameter.field() + " must be one of " + sorted(known) + " but was \"" + wanted.get()
                            + "\"; the default was taken"));
            remove.run();
        }
    }

    private void settleOptions() {
        Map<String, String> kept = new TreeMap<>(request.options());
        String prefix = capabilities.optionPrefix() + ".";
        for (String key : request.options().keySet()) {
            if (key.startsWith(prefix) && !capabilities.knowsOption(key)) {
                differ(GenerationWarning.ignored(
                        "options." + key,
                        "option " + key + " is not known; known are "
                                + String.join(", ", NearestNames.to(key, capabilities.options()))
                                + ", the nearest first"));
                kept.remove(key);
            }
        }
        effective.options(kept);
    }

    private void differ(GenerationWarning warning) {
        if (mode == NegotiationMode.STRICT) {
            throw unsupported(warning.message());
        }
        warnings.add(warning);
    }

    private UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, providerId);
    }

    private static List<String> sorted(Set<?> values) {
        return values.stream()
                .map(Object::toString)
                .sorted(Comparator.naturalOrder())
                .toList();
    }
}
