package dev.triptych;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

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
        RequestField.ALL.forEach(this::settleWord);
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
        settleInputs();
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

    /** Pictures are never adapted away; only a strength that nothing hears is. */
    private void settleInputs() {
        List<ImageInput> inputs = request.inputs();
        for (InputRole role : InputRole.values()) {
            int given = request.inputs(role).size();
            int most = capabilities.inputRule(role).most();
            if (role != InputRole.START && given > 0 && most == 0) {
                throw unsupported("inputs must have one of the roles " + rolesTaken() + " but one had role " + role);
            }
            if (given > most) {
                String which = role == InputRole.START ? "inputs" : "inputs with role " + role;
                throw unsupported(which + " must be at most " + most + " but were " + given);
            }
        }
        if (inputs.size() > capabilities.maxInputs()) {
            throw unsupported("inputs must be at most " + capabilities.maxInputs() + " but were " + inputs.size());
        }
        List<ImageInput> settled = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            settled.add(settled(inputs.get(i), "inputs[" + i + "]"));
        }
        effective.inputs(settled);
    }

    private List<String> rolesTaken() {
        return sorted(capabilities.inputRules().entrySet().stream()
                .filter(each -> each.getValue().most() > 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet()));
    }

    private ImageInput settled(ImageInput input, String field) {
        InputRule rule = capabilities.inputRule(input.role());
        if (!rule.named() && !input.name().isEmpty()) {
            throw unsupported(
                    field + ".name must be empty with role " + input.role() + " but was \"" + input.name() + "\"");
        }
        if (rule.named() && !rule.names().contains(input.name())) {
            String known = rule.names().isEmpty()
                    ? "set up in the generator, which has none for role " + input.role() + ","
                    : "one of " + rule.names();
            throw unsupported(field + ".name must be " + known + " but was \"" + input.name() + "\"");
        }
        ImageInput unweighted = input.withStrength(1).withWindow(0, 1);
        if (rule.weighted() || input.equals(unweighted)) {
            return input;
        }
        differ(GenerationWarning.ignored(
                field, "strength and window of " + field + " have no effect with role " + input.role()));
        return unweighted;
    }

    private void dropWhatHasNoEffect() {
        for (RequestField<?> field : RequestField.ALL) {
            boolean settledElsewhere = field.parameter().isEmpty()
                    || field.parameter().get() == Parameter.SIZE
                    || field.parameter().get() == Parameter.ASPECT_RATIO
                    || field.words(capabilities).isPresent();
            if (!settledElsewhere) {
                dropUnlessHonoured(field);
            }
        }
        if (request.strength().isPresent()
                && request.inputs(InputRole.START).isEmpty()
                && capabilities.honours(Parameter.STRENGTH)) {
            differ(GenerationWarning.ignored("strength", "strength has no effect without an input picture"));
            effective.strength(null);
        }
    }

    private void dropUnlessHonoured(RequestField<?> field) {
        boolean honoured = field.parameter().map(capabilities::honours).orElse(true);
        if (field.of(request).isPresent() && !honoured) {
            differ(GenerationWarning.ignored(field.name(), field.name() + " has no effect here"));
            field.clear(effective);
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

    private void settleWord(RequestField<?> field) {
        Optional<String> wanted = field.of(request).map(String::valueOf);
        Optional<Set<String>> words = field.words(capabilities);
        if (wanted.isEmpty() || words.isEmpty()) {
            return;
        }
        Set<String> known = words.get();
        boolean onlyFormat =
                field.parameter().equals(Optional.of(Parameter.OUTPUT_FORMAT)) && known.equals(Set.of(wanted.get()));
        if (onlyFormat) {
            return;
        }
        if (!field.parameter().map(capabilities::honours).orElse(true)) {
            dropUnlessHonoured(field);
        } else if (!known.isEmpty() && !known.contains(wanted.get())) {
            differ(GenerationWarning.ignored(
                    field.name(),
                    field.name() + " must be one of " + sorted(known) + " but was \"" + wanted.get()
                            + "\"; the default was taken"));
            field.clear(effective);
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
