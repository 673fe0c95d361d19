package dev.triptych.config;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.cache.CacheSettings;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What the chain costs. Limits: {@code chain} − {@code provider} at most 20 µs and 4 KB, {@code memoryHit} at most 2
 * µs, {@code directoryHit} of 1 MB at most 1 ms, {@code fallsBackFromAClosedPort} at most 100 ms.
 *
 * <p>{@code mvn -Pbench test-compile exec:exec -pl sdk-api} runs it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChainBenchmark {

    private static final ImageRequest SEEDLESS = ImageRequest.of("a red fox in the snow");
    private static final ImageRequest SEEDED = SEEDLESS.toBuilder().seed(42).build();
    private static final GenerationContext CONTEXT = GenerationContext.create();

    private final Path directory = temporaryDirectory();
    private final ImageGenerator provider = new FixedGenerator("studio", picture(1_000_000));
    private final ImageGenerator chain = Generators.standard(provider, everyGuard());
    private final ImageGenerator onDisk = Generators.standard(
            provider,
            everyGuard().withCache(CacheSettings.standard().withMemoryBytes(0).withDirectory(directory)));
    private final ImageGenerator unplugged =
            Generators.standard(List.of(new UnreachableGenerator(closedPort()), provider), unbroken());

    private static StandardSettings everyGuard() {
        return StandardSettings.standard().withGuard(GuardSettings.standard()).withObservers(List.of());
    }

    /** Without a circuit breaker, so that each request finds the closed port. */
    private static StandardSettings unbroken() {
        return everyGuard().withGuard(GuardSettings.standard().withoutCircuitBreaker());
    }

    /** The provider alone. */
    @Benchmark
    public ImageResult provider() {
        return provider.generate(SEEDLESS, CONTEXT);
    }

    /** The provider and everything around it, when nothing happens. */
    @Benchmark
    public ImageResult chain() {
        return chain.generate(SEEDLESS, CONTEXT);
    }

    /** A picture from memory, through the whole chain. */
    @Benchmark
    public ImageResult memoryHit() {
        return chain.generate(SEEDED, CONTEXT);
    }

    /** A picture of 1 MB from disk, verified, through the whole chain. */
    @Benchmark
    public ImageResult directoryHit() {
        return onDisk.generate(SEEDED, CONTEXT);
    }

    /** A first choice whose port is closed, and the next generator. */
    @Benchmark
    public ImageResult fallsBackFromAClosedPort() {
        return unplugged.generate(SEEDLESS, CONTEXT);
    }

    @TearDown
    public void removeDirectory() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** Runs all, with what they allocate. */
    public static void main(String[] arguments) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(ChainBenchmark.class.getSimpleName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("triptych-benchmark");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int closedPort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A PNG with so many bytes; what follows its end is not looked at. */
    private static GeneratedImage picture(int length) {
        return GeneratedImage.of(Arrays.copyOf(TestPictures.png(8, 8, Color.RED), length))
                .withSeed(42);
    }

    /** Gives the same picture each time. */
    private record FixedGenerator(String name, GeneratedImage picture) implements ImageGenerator {
        private static final Capabilities CAPABILITIES = Capabilities.builder()
                .honours(Parameter.SEED)
                .deterministicSeeds(true)
                .costClass(CostClass.FREE)
                .build();

        @Override
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            return ImageResult.of(
                    List.of(picture), List.of(), ExecutionRecord.of(info(), context, request, Duration.ZERO));
        }

        @Override
        public Capabilities capabilities() {
            return CAPABILITIES;
        }

        @Override
        public GeneratorInfo info() {
            return new GeneratorInfo(name, "fixed", "m", "1", false);
        }

        @Override
        public void close() {}
    }

    /** Tries to connect. */
    private record UnreachableGenerator(int port) implements ImageGenerator {
        @Override
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                throw new IllegalStateException("port must be closed but was open: " + socket.getPort());
            } catch (IOException e) {
                throw new ProviderUnavailableException(
                        "connection must be accepted but was not", ErrorOrigin.of("closed", Outcome.NOT_SENT), e);
            }
        }

        @Override
        public Capabilities capabilities() {
            return FixedGenerator.CAPABILITIES;
        }

        @Override
        public GeneratorInfo info() {
            return new GeneratorInfo("closed", "closed", "m", "1", false);
        }

        @Override
        public void close() {}
    }
}
