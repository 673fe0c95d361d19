package dev.triptych;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a generator honours, its limits and its cost class: data, so that a program can ask before it spends anything.
 * Immutable. {@link Negotiation} holds a request against it.
 */
public final class Capabilities {

    private final Set<Operation> operations;
    private final Set<Parameter> honoured;
    private final int maxImagesPerCall;
    private final Map<InputRole, InputRule> inputRules;
    private final int maxInputs;
    private final SizeRule sizes;
    private final Set<String> qualities;
    private final Set<String> styles;
    private final Set<String> backgrounds;
    private final Set<String> outputFormats;
    private final OptionalInt maxPromptCharacters;
    private final String optionPrefix;
    private final Set<String> options;
    private final boolean deterministicSeeds;
    private final CostClass costClass;
    private final boolean reconcilable;
    private final boolean previews;
    private final boolean provisional;
    private final boolean emptyPrompt;

    private Capabilities(Builder builder) {
        this.operations = Collections.unmodifiableSet(EnumSet.copyOf(builder.operations));
        EnumSet<Parameter> parameters = EnumSet.noneOf(Parameter.class);
        parameters.addAll(builder.honoured);
        this.honoured = Collections.unmodifiableSet(parameters);
        this.maxImagesPerCall = builder.maxImagesPerCall;
        EnumMap<InputRole, InputRule> rules = new EnumMap<>(InputRole.class);
        rules.putAll(builder.inputRules);
        this.inputRules = Collections.unmodifiableMap(rules);
        this.maxInputs = builder.maxInputs.orElse(
                rules.values().stream().mapToInt(InputRule::most).sum());
        this.sizes = builder.sizes;
        this.qualities = Set.copyOf(builder.qualities);
        this.styles = Set.copyOf(builder.styles);
        this.backgrounds = Set.copyOf(builder.backgrounds);
        this.outputFormats = Set.copyOf(builder.outputFormats);
        this.maxPromptCharacters = builder.maxPromptCharacters;
        this.optionPrefix = builder.optionPrefix;
        this.options = Collections.unmodifiableSet(new TreeSet<>(builder.options));
        this.deterministicSeeds = builder.deterministicSeeds;
        this.costClass = builder.costClass;
        this.reconcilable = builder.reconcilable;
        this.previews = builder.previews;
        this.provisional = builder.provisional;
        this.emptyPrompt = builder.emptyPrompt;
    }

    /** Capabilities of a generator that makes pictures from a prompt, and nothing else yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** What it can be asked for. */
    public Set<Operation> operations() {
        return operations;
    }

    /** The settings that have an effect. */
    public Set<Parameter> honoured() {
        return honoured;
    }

    /** Whether {@code parameter} has an effect. */
    public boolean honours(Parameter parameter) {
        return honoured.contains(parameter);
    }

    /** The most pictures of one call, at least 1. */
    public int maxImagesPerCall() {
        return maxImagesPerCall;
    }

    /** The most input pictures of one request, of all roles together; 0 = none. */
    public int maxInputs() {
        return maxInputs;
    }

    /** How it takes input pictures, by what they are for; a role that is missing is not taken. */
    public Map<InputRole, InputRule> inputRules() {
        return inputRules;
    }

    /** How it takes input pictures for {@code role}. */
    public InputRule inputRule(InputRole role) {
        return inputRules.getOrDefault(role, InputRule.NONE);
    }

    /** The sizes it makes. */
    public SizeRule sizes() {
        return sizes;
    }

    /** Words for quality; empty = any word is passed on. */
    public Set<String> qualities() {
        return qualities;
    }

    /** Words for style; empty = any word is passed on. */
    public Set<String> styles() {
        return styles;
    }

    /** Words for background; empty = any word is passed on. */
    public Set<String> backgrounds() {
        return backgrounds;
    }

    /** Formats it writes; empty = any word is passed on. */
    public Set<String> outputFormats() {
        return outputFormats;
    }

    /** The longest prompt in characters (Unicode code points), where there is a limit that ends in an error. */
    public OptionalInt maxPromptCharacters() {
        return maxPromptCharacters;
    }

    /** The first word of its own options, such as {@code "local"}. */
    public String optionPrefix() {
        return optionPrefix;
    }

    /** Its own options, such as {@code "local.clip-skip"}; one that ends in {@code ".*"} stands for all below it. */
    public Set<String> options() {
        return options;
    }

    /** Whether {@code key} is one of its own options. */
    public boolean knowsOption(String key) {
        return options.contains(key)
                || options.stream()
                        .anyMatch(known -> known.endsWith(".*")
                                && key.startsWith(known.substring(0, known.length() - 1))
                                && key.length() >= known.length());
    }

    /** Whether the same request with the same seed gives the same picture. */
    public boolean deterministicSeeds() {
        return deterministicSeeds;
    }

    /** Whether a call costs money. */
    public CostClass costClass() {
        return costClass;
    }

    /** Whether the provider can find out what became of a call whose answer was lost. */
    public boolean reconcilable() {
        return reconcilable;
    }

    /** Whether unfinished pictures are shown on the way. */
    public boolean previews() {
        return previews;
    }

    /**
     * Whether these are what can be said before the generator was loaded: loading may show that it can do more or less.
     */
    public boolean provisional() {
        return provisional;
    }

    /** Whether it makes a picture of no words at all. */
    public boolean emptyPrompt() {
        return emptyPrompt;
    }

    /** These capabilities with another limit of pictures a call; for what splits a request into several calls. */
    public Capabilities withMaxImagesPerCall(int value) {
        return toBuilder().maxImagesPerCall(value).build();
    }

    /** A builder that starts with everything of these. */
    public Builder toBuilder() {
        Builder copy = new Builder();
        copy.operations.clear();
        copy.operations.addAll(operations);
        copy.honoured.addAll(honoured);
        copy.maxImagesPerCall = maxImagesPerCall;
        copy.inputRules.putAll(inputRules);
        copy.maxInputs = OptionalInt.of(maxInputs);
        copy.sizes = sizes;
        copy.qualities = qualities;
        copy.styles = styles;
        copy.backgrounds = backgrounds;
        copy.outputFormats = outputFormats;
        copy.maxPromptCharacters = maxPromptCharacters;
        copy.optionPrefix = optionPrefix;
        copy.options = options;
        copy.deterministicSeeds = deterministicSeeds;
        copy.costClass = costClass;
        copy.reconcilable = reconcilable;
        copy.previews = previews;
        copy.provisional = provisional;
        copy.emptyPrompt = emptyPrompt;
        return copy;
    }

    @Override
    public String toString() {
        return "Capabilities[" + operations + ", honoured=" + honoured + ", sizes=" + sizes.describe() + ", "
                + costClass.name().toLowerCase(Locale.ROOT) + "]";
    }

    /** Collects capabilities. Not thread-safe. */
    public static final class Builder {
        private final Set<Operation> operations = EnumSet.of(Operation.TEXT_TO_IMAGE);
        private final Set<Parameter> honoured = EnumSet.noneOf(Parameter.class);
        private int maxImagesPerCall = 1;
        private final Map<InputRole, InputRule> inputRules = new EnumMap<>(InputRole.class);
        private OptionalInt maxInputs = OptionalInt.empty();
        private SizeRule sizes = SizeRule.any(ImageSize.square(1024));
        private Set<String> qualities = Set.of();
        private Set<String> styles = Set.of();
        private Set<String> backgrounds = Set.of();
        private Set<String> outputFormats = Set.of("png");
        private OptionalInt maxPromptCharacters = OptionalInt.empty();
        private String optionPrefix = "";
        private Set<String> options = Set.of();
        private boolean deterministicSeeds;
        private CostClass costClass = CostClass.BILLED;
        private boolean reconcilable;
        private boolean previews;
        private boolean provisional;
        private boolean emptyPrompt;

        private Builder() {}

        /** Adds operations to text-to-image. */
        public Builder operations(Operation... more) {
            operations.addAll(Set.of(more));
            return this;
        }

        /** Exactly these operations: for a generator that cannot make a picture from a prompt alone. */
        public Builder onlyOperations(Operation... all) {
            operations.clear();
            return operations(all);
        }

        /** Adds settings that have an effect. */
        public Builder honours(Parameter... parameters) {
            honoured.addAll(Set.of(parameters));
            return this;
        }

        /** The most pictures of one call; 1 by default. */
        public Builder maxImagesPerCall(int value) {
            maxImagesPerCall = value;
            return this;
        }

        /** The most pictures to start from in one request; 0 by default. */
        public Builder maxInputs(int value) {
            return inputs(InputRole.START, InputRule.plain(value));
        }

        /** How it takes input pictures for {@code role}; not at all by default. */
        public Builder inputs(InputRole role, InputRule rule) {
            maxInputs = OptionalInt.empty();
            inputRules.put(role, rule);
            return this;
        }

        /** The most input pictures of all roles together; by default what the roles take in sum. */
        public Builder maxInputsTogether(int value) {
            maxInputs = OptionalInt.of(value);
            return this;
        }

        /** The sizes it makes; any by default. */
        public Builder sizes(SizeRule value) {
            sizes = value;
            return this;
        }

        /** Words for quality. */
        public Builder qualities(Set<String> values) {
            qualities = values;
            return this;
        }

        /** Words for style. */
        public Builder styles(Set<String> values) {
            styles = values;
            return this;
        }

        /** Words for background. */
        public Builder backgrounds(Set<String> values) {
            backgrounds = values;
            return this;
        }

        /** Formats it writes; PNG by default. */
        public Builder outputFormats(Set<String> values) {
            outputFormats = values;
            return this;
        }

        /** The longest prompt in characters (Unicode code points); no limit by default. */
        public Builder maxPromptCharacters(int value) {
            maxPromptCharacters = OptionalInt.of(value);
            return this;
        }

        /** Its own options, all of which begin with {@code prefix} and a dot. */
        public Builder options(String prefix, Set<String> keys) {
            optionPrefix = prefix;
            options = keys;
            return this;
        }

        /** Whether the same seed gives the same picture; false by default. */
        public Builder deterministicSeeds(boolean value) {
            deterministicSeeds = value;
            return this;
        }

        /** Whether a call costs money; it does by default. */
        public Builder costClass(CostClass value) {
            costClass = value;
            return this;
        }

        /** Whether a lost answer can be found again; false by default. */
        public Builder reconcilable(boolean value) {
            reconcilable = value;
            return this;
        }

        /** Whether unfinished pictures are shown; false by default. */
        public Builder previews(boolean value) {
            previews = value;
            return this;
        }

        /** Whether loading may still change them; false by default. */
        public Builder provisional(boolean value) {
            provisional = value;
            return this;
        }

        /** Whether it makes a picture of no words at all; false by default. */
        public Builder emptyPrompt(boolean value) {
            emptyPrompt = value;
            return this;
        }

        /** The capabilities. */
        public Capabilities build() {
            return new Capabilities(this);
        }
    }
}
