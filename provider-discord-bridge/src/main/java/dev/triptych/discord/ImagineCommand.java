package dev.triptych.discord;

import dev.triptych.AspectRatio;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.Parameter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An imagine command: words and {@code --parameters}, as people type it on Discord. Immutable.
 *
 * <pre>{@code
 * ImagineCommand command = ImagineCommand.parse("a red fox --ar 3:2 --s 250");
 * command.text(); // "a red fox --ar 3:2 --stylize 250"
 * }</pre>
 */
public final class ImagineCommand {

    /** Before a parameter: white space, two dashes (or the one long dash that phones make of them) and a letter. */
    private static final Pattern DASHES = Pattern.compile("(?:^|\\s)(?:--|—)(?=[A-Za-z])");

    private static final Pattern PERMUTATION = Pattern.compile("\\{[^{}]*,[^{}]*}");
    /** Input strength 0 to 1 against image weight 3 to 0. */
    private static final BigDecimal MOST_WEIGHT = BigDecimal.valueOf(3);

    private final String prompt;
    private final Map<ImagineParameter, String> parameters;
    private final List<String> others;

    private ImagineCommand(String prompt, Map<ImagineParameter, String> parameters, List<String> others) {
        EnumMap<ImagineParameter, String> copy = new EnumMap<>(ImagineParameter.class);
        copy.putAll(parameters);
        this.prompt = prompt;
        this.parameters = Collections.unmodifiableMap(copy);
        this.others = List.copyOf(others);
    }

    /**
     * Reads what a person typed after {@code /imagine}.
     *
     * @throws IllegalArgumentException if a parameter has a value that it cannot have, comes twice, or asks for several
     *     jobs
     */
    public static ImagineCommand parse(String text) {
        String[] parts = DASHES.split(text, -1);
        Map<ImagineParameter, String> parameters = new EnumMap<>(ImagineParameter.class);
        List<String> others = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            String part = oneLine(parts[i]);
            int space = part.indexOf(' ');
            String name = space < 0 ? part : part.substring(0, space);
            String value = space < 0 ? "" : part.substring(space + 1);
            Optional<ImagineParameter> known = ImagineParameter.named(name);
            if (known.isEmpty()) {
                others.add(part);
            } else if (parameters.put(known.get(), known.get().check(value)) != null) {
                throw new IllegalArgumentException("--" + known.get().word() + " must be given once but came twice");
            }
        }
        String prompt = oneLine(parts[0]);
        refuseSeveralJobs(prompt, parameters);
        return new ImagineCommand(prompt, parameters, others);
    }

    private static void refuseSeveralJobs(String prompt, Map<ImagineParameter, String> parameters) {
        if (PERMUTATION.matcher(prompt).find()) {
            throw new IllegalArgumentException(
                    "prompt must ask for one job but has a {a, b} permutation; send one request for each");
        }
        String repeat = parameters.remove(ImagineParameter.REPEAT);
        if (repeat != null && !repeat.equals("1")) {
            throw new IllegalArgumentException(
                    "--repeat must be 1 but was " + repeat + "; send one request for each job");
        }
    }

    /**
     * The command that asks for what {@code request} asks: its prompt's own parameters, its fields and its options.
     *
     * @throws IllegalArgumentException if the two contradict each other, or a value is out of range
     */
    static ImagineCommand of(ImageRequest request) {
        ImagineCommand command = parse(request.prompt());
        if (!request.negativePrompt().isEmpty()) {
            command = command.with(ImagineParameter.NO, oneLine(request.negativePrompt()));
        }
        if (request.aspectRatio().isPresent()) {
            command = command.with(
                    ImagineParameter.AR, request.aspectRatio().get().toString());
        }
        if (request.seed().isPresent()) {
            command = command.with(
                    ImagineParameter.SEED, Long.toString(request.seed().getAsLong()));
        }
        if (request.quality().isPresent()) {
            command = command.with(ImagineParameter.QUALITY, request.quality().get());
        }
        if (request.style().isPresent()) {
            command = command.with(ImagineParameter.STYLE, request.style().get());
        }
        if (request.strength().isPresent()) {
            command = command.with(
                    ImagineParameter.IW, weightOf(request.strength().getAsDouble()));
        }
        for (Map.Entry<String, String> option : request.options().entrySet()) {
            command = command.withOption(option.getKey(), option.getValue());
        }
        return command;
    }

    private ImagineCommand withOption(String key, String value) {
        if (!key.startsWith("discord.")) {
            return this;
        }
        Optional<ImagineParameter> parameter = ImagineParameter.named(key.substring("discord.".length()));
        if (parameter.isEmpty()) {
            return this;
        }
        boolean flag = parameter.get() == ImagineParameter.TILE || parameter.get() == ImagineParameter.RAW;
        if (flag && value.equalsIgnoreCase("false")) {
            return this;
        }
        return with(parameter.get(), flag && value.equalsIgnoreCase("true") ? "" : value);
    }

    private static String weightOf(double strength) {
        return MOST_WEIGHT
                .multiply(BigDecimal.ONE.subtract(BigDecimal.valueOf(strength)))
                .setScale(2, RoundingMode.HALF_UP)
                .toPlainString();
    }

    /**
     * This command with one more parameter.
     *
     * @throws IllegalArgumentException if the parameter has another value already, or cannot have this one
     */
    ImagineCommand with(ImagineParameter parameter, String value) {
        String checked = parameter.check(value);
        String present = parameters.get(parameter);
        if (present != null && !present.equals(checked)) {
            throw new IllegalArgumentException(
                    "--" + parameter.word() + " must be given once but the prompt and the request differ");
        }
        Map<ImagineParameter, String> more = new EnumMap<>(ImagineParameter.class);
        more.putAll(parameters);
        more.put(parameter, checked);
        return new ImagineCommand(prompt, more, others);
    }

    /** The words, without parameters. */
    public String prompt() {
        return prompt;
    }

    /** The value of {@code parameter}; {@code ""} for one that has none. */
    public Optional<String> value(ImagineParameter parameter) {
        return Optional.ofNullable(parameters.get(parameter));
    }

    /** Where chance starts, if the command says. */
    public OptionalLong seed() {
        String seed = parameters.get(ImagineParameter.SEED);
        return seed == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(seed));
    }

    /** Parameters that are not in our table, without dashes. */
    public List<String> others() {
        return others;
    }

    /** The command on one line, as a person would type it. */
    public String text() {
        StringBuilder text = new StringBuilder(prompt);
        for (String other : others) {
            text.append(" --").append(other);
        }
        parameters.forEach((parameter, value) -> {
            text.append(" --").append(parameter.word());
            if (!value.isEmpty()) {
                text.append(' ').append(value);
            }
        });
        return text.toString().strip();
    }

    /**
     * What a self-hosted bot asks its generator for.
     *
     * @param request the start of a request; the caller adds count and inputs
     * @param ignored parameters that the generator cannot follow, with their dashes
     */
    public record Translation(ImageRequest.Builder request, List<String> ignored) {
        /** Copies the list. */
        public Translation {
            ignored = List.copyOf(ignored);
        }
    }

    /**
     * This command in the terms of a generator with {@code capabilities}: {@code --no} is the negative prompt,
     * {@code --iw w} the strength 1 − w/3, {@code --stylize s} the guidance scale 5 + s/100, {@code --q} a multiple of
     * {@code steps}, and {@code --tile} the option {@code local.tiling}.
     */
    public Translation translate(Capabilities capabilities, int steps) {
        ImageRequest.Builder request = ImageRequest.builder().prompt(prompt);
        List<String> ignored = new ArrayList<>();
        parameters.forEach((parameter, value) -> {
            if (!apply(parameter, value, capabilities, steps, request)) {
                ignored.add(("--" + parameter.word() + " " + value).strip());
            }
        });
        others.forEach(other -> ignored.add("--" + other));
        return new Translation(request, ignored);
    }

    private static boolean apply(
            ImagineParameter parameter,
            String value,
            Capabilities capabilities,
            int steps,
            ImageRequest.Builder request) {
        switch (parameter) {
            case AR -> request.aspectRatio(AspectRatio.parse(value));
            case SEED -> request.seed(Long.parseLong(value));
            case NO -> request.negativePrompt(value);
            case IW -> request.strength(1 - Double.parseDouble(value) / MOST_WEIGHT.doubleValue());
            case STYLIZE -> request.guidanceScale(5 + Integer.parseInt(value) / 100.0);
            case QUALITY -> request.steps((int) Math.max(1, Math.round(steps * Double.parseDouble(value))));
            case TILE -> request.option("local.tiling", "true");
            default -> {
                return false;
            }
        }
        return switch (parameter) {
            case AR -> capabilities.honours(Parameter.ASPECT_RATIO) || capabilities.honours(Parameter.SIZE);
            case NO -> capabilities.honours(Parameter.NEGATIVE_PROMPT);
            case IW -> capabilities.honours(Parameter.STRENGTH);
            case STYLIZE -> capabilities.honours(Parameter.GUIDANCE_SCALE);
            case QUALITY -> capabilities.honours(Parameter.STEPS);
            case TILE -> capabilities.knowsOption("local.tiling");
            default -> capabilities.honours(Parameter.SEED);
        };
    }

    /** The seed that a message's prompt ends in, as the other side repeats it. */
    static OptionalLong lastSeed(String text) {
        Matcher matcher = LAST_SEED.matcher(text.toLowerCase(Locale.ROOT));
        OptionalLong seed = OptionalLong.empty();
        while (matcher.find()) {
            seed = OptionalLong.of(Long.parseLong(matcher.group(1)));
        }
        return seed;
    }

    private static final Pattern LAST_SEED = Pattern.compile("--seed\\s+(\\d{1,10})(?!\\d)");

    static String oneLine(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    /** The parameters only; the words stay out of logs. */
    @Override
    public String toString() {
        return "ImagineCommand" + parameters.keySet();
    }
}
