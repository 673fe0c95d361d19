package dev.triptych.config;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.PromptRewriter;
import dev.triptych.RunningCalls;
import dev.triptych.internal.AllSteps;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The named generators of a configuration, each made when it is first used. Thread-safe.
 *
 * <pre>{@code
 * try (GeneratorRegistry registry = GeneratorRegistry.load(Path.of("triptych.yaml"))) {
 *     ImageGenerator generator = registry.current();
 *     generator.generate("a red fox in the snow");
 *     registry.switchTo("offline");
 *     generator.generate("a red fox in the snow");
 * }
 * }</pre>
 *
 * <p>The registry owns what it hands out: closing a generator of it does nothing, closing the registry closes them all.
 *
 * <p>With {@link Builder#reloadEvery} it follows its file. What it handed out stays good: a generator whose settings
 * changed is another one behind it from the next call on, while calls in flight end on the old one, which then closes.
 */
public final class GeneratorRegistry implements AutoCloseable {

    private final Map<String, GeneratorFactory> factories;
    private final PromptRewriters rewriters;
    private final RunningCalls calls = new RunningCalls(GeneratorRegistry::itself);
    private final Map<String, CurrentGenerator> handles = new ConcurrentHashMap<>();
    private final ConfigWatch watch;
    private final @Nullable ScheduledExecutorService looking;
    private volatile ConfiguredGenerators generators;

    // Guarded by this.
    private @Nullable CurrentGenerator current;
    private @Nullable String currentName;
    private final List<SharedGenerator> leaving = new ArrayList<>();
    private boolean switched;
    private boolean closed;

    private GeneratorRegistry(Builder builder) {
        factories = new TreeMap<>(builder.factories);
        rewriters = new PromptRewriters(builder.rewriters);
        generators = new ConfiguredGenerators(builder.config, factories, rewriters, null);
        generators.names().forEach(name -> handles.put(name, handle(generators.wrapped(name))));
        watch = new ConfigWatch(builder.config, builder.source(), this::take);
        looking = builder.period == null ? null : lookingEvery(builder.period);
    }

    /** Calls come in through generators, each with its own name. */
    private static GeneratorInfo itself() {
        return new GeneratorInfo("registry", "triptych", "", "", true);
    }

    private CurrentGenerator handle(SharedGenerator target) {
        return new CurrentGenerator(target, calls);
    }

    private ScheduledExecutorService lookingEvery(Duration period) {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "triptych-config");
            thread.setDaemon(true);
            return thread;
        });
        // It has no result, and a look lets no exception out.
        ScheduledFuture<?> unused = executor.scheduleWithFixedDelay(
                watch::lookAgain, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
        return executor;
    }

    /**
     * The generators of the configuration in {@code file}.
     *
     * @throws ConfigException if the configuration cannot be used; the message says where and why
     */
    public static GeneratorRegistry load(Path file) {
        return load(TriptychConfig.load(file));
    }

    /** The generators of {@code config}. */
    public static GeneratorRegistry load(TriptychConfig config) {
        return builder().config(config).build();
    }

    /** The generators without a configuration file: {@code offline} of type {@code local}. */
    public static GeneratorRegistry load() {
        return load(TriptychConfig.builtIn());
    }

    /** A registry with the factories that are on the class path. */
    public static Builder builder() {
        return new Builder();
    }

    /** Looks at the file, as the thread of {@link Builder#reloadEvery} does. */
    void lookAgain() {
        watch.lookAgain();
    }

    /** Puts {@code config} in place of the configuration; where it cannot be used, all stays as it was. */
    private synchronized void take(TriptychConfig config) {
        if (closed) {
            return;
        }
        ConfiguredGenerators old = generators;
        ConfiguredGenerators next = new ConfiguredGenerators(config, factories, rewriters, old);
        next.names().forEach(name -> handles.computeIfAbsent(name, any -> handle(next.wrapped(name))));
        handles.forEach((name, handle) -> handle.swap(next.wrappedOrMissing(name)));
        generators = next;
        String before = currentName;
        if (current != null && before != null) {
            String name = switched ? before : config.defaultName().orElse(before);
            currentName = name;
            current.swap(next.wrappedOrMissing(name));
            if (!name.equals(before)) {
                next.rest(before, name);
            }
        }
        leaving.removeIf(SharedGenerator::isGone);
        leaving.addAll(old.dropAllBut(next));
    }

    /** The names of the generators, in the configuration's order. */
    public Set<String> names() {
        return generators.names();
    }

    /** The configuration of these generators; after a reload, the new one. */
    public TriptychConfig config() {
        return generators.config();
    }

    /**
     * The generator {@code name}. It is made on first use, and that is when a missing key is found. It stays good over
     * reloads; where one takes its name away, using it throws the {@link ConfigException}.
     *
     * @throws ConfigException if there is none of this name; the message names the nearest one
     */
    public ImageGenerator generator(String name) {
        SharedGenerator known = generators.wrapped(name);
        return handles.computeIfAbsent(name, any -> handle(known));
    }

    /**
     * The generator that the configuration calls default, or the only one.
     *
     * @throws ConfigException if there are several and the configuration does not say which
     */
    public ImageGenerator defaultGenerator() {
        return generator(generators.defaultName());
    }

    /**
     * A generator that always is the current one: the default, also when a reload changes that, until {@link #switchTo}
     * says another.
     */
    public synchronized ImageGenerator current() {
        return currentGenerator();
    }

    /** The name of the current generator. */
    public synchronized String currentName() {
        return currentName == null ? generators.defaultName() : currentName;
    }

    private CurrentGenerator currentGenerator() {
        if (current == null) {
            currentName = generators.defaultName();
            current = handle(generators.wrapped(currentName));
        }
        return current;
    }

    /**
     * Makes {@code name} the current generator. Calls in flight end where they began; the old generator closes when the
     * last of them has returned, unless the new one falls back to it.
     *
     * @throws ConfigException if there is none of this name or it cannot be made; the old one stays current then
     */
    public void switchTo(String name) {
        generators.wrapped(name).lease().close();
        switchHandles(name).forEach(SharedGenerator::retire);
    }

    /** Makes {@code name} the current one, and says which generators have nothing to do any more. */
    private synchronized List<SharedGenerator> switchHandles(String name) {
        SharedGenerator next = generators.wrapped(name);
        switched = true;
        String oldName = currentName;
        currentName = name;
        if (current == null || oldName == null) {
            current = handle(next);
            return List.of();
        }
        if (oldName.equals(name)) {
            return List.of();
        }
        List<SharedGenerator> idle = new ArrayList<>(List.of(current.swap(next)));
        if (generators.names().contains(oldName)
                && !generators.config().fallback(name).contains(oldName)) {
            idle.add(generators.guarded(oldName));
        }
        return idle;
    }

    /**
     * Closes every generator, all at the same time and by the rule of {@link ImageGenerator#close()}: returns when no
     * call runs any more. All are closed, also if one fails.
     */
    @Override
    public void close() {
        if (looking != null) {
            looking.shutdown();
        }
        calls.close(this::closeGenerators, () -> generators.closeChain());
    }

    private void closeGenerators() {
        List<SharedGenerator> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(generators.all());
            all.addAll(leaving);
        }
        AllSteps.runAtOnce(all.stream().flatMap(each -> each.shut().stream()).toList());
    }

    @Override
    public String toString() {
        return "GeneratorRegistry" + names();
    }

    /** Collects the parts of a registry. Not thread-safe. */
    public static final class Builder {
        private TriptychConfig config = TriptychConfig.builder().build();
        private final Map<String, GeneratorFactory> factories = new TreeMap<>();
        private final Map<String, PromptRewriter> rewriters = new TreeMap<>();
        private @Nullable Duration period;
        private @Nullable Supplier<String> source;

        private Builder() {
            ServiceLoader.load(GeneratorFactory.class).forEach(this::factory);
            ServiceLoader.load(PromptRewriter.class).forEach(this::rewriter);
        }

        /** The configuration; the built-in one by default. */
        public Builder config(TriptychConfig value) {
            config = value;
            return this;
        }

        /** A factory beside those on the class path; it replaces one of the same type. */
        public Builder factory(GeneratorFactory value) {
            factories.put(value.type(), value);
            return this;
        }

        /** A rewriter of prompts beside those on the class path; it replaces one of the same name. */
        public Builder rewriter(PromptRewriter value) {
            rewriters.put(value.name(), value);
            return this;
        }

        /**
         * Looks at the configuration's file every {@code value}, on a thread of its own, and takes over what changed;
         * off by default. A change counts when two looks saw the same. Where the file cannot be used, the configuration
         * stays as it was and the log says why, once.
         *
         * @throws IllegalArgumentException if {@code value} is not positive
         */
        public Builder reloadEvery(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("reloadEvery must be a time above zero but was " + value);
            }
            period = value;
            return this;
        }

        /** What is looked at in place of the configuration's file. */
        Builder source(Supplier<String> value) {
            source = value;
            return this;
        }

        private Supplier<String> source() {
            if (source != null) {
                return source;
            }
            TriptychConfig from = config;
            return () -> TriptychConfig.read(from.path().orElseThrow());
        }

        /**
         * The registry.
         *
         * @throws ConfigException if a type or a key is unknown, or a secret is written out
         * @throws IllegalArgumentException if it shall reload a configuration that no file was read for
         */
        public GeneratorRegistry build() {
            if (period != null && source == null && config.path().isEmpty()) {
                throw new IllegalArgumentException(
                        "reloadEvery needs a configuration that was read from a file but this one was not");
            }
            return new GeneratorRegistry(this);
        }
    }
}
