package dev.triptych.diffusion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageRequest;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.LocalDiffusionGenerator;
import dev.triptych.diffusion.LocalSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {

    @TempDir
    Path cache;

    /** What the processes of the tests run: unpack, start ONNX Runtime, say what it is. */
    public static void main(String[] arguments) {
        EngineOptions options = EngineOptions.standard(Path.of(arguments[0]));
        System.out.println(OrtRuntime.start(options).environment().getVersion());
    }

    @Test
    void twoProcessesUnpackAtOnceAndAThirdFindsTheFiles() throws Exception {
        Process first = start();
        Process second = start();

        String version = output(first);

        assertThat(version).matches("\\d+\\.\\d+\\.\\d+");
        assertThat(output(second)).isEqualTo(version);
        List<Path> files = files();
        assertThat(files)
                .extracting(file -> file.getFileName().toString())
                .contains(System.mapLibraryName("onnxruntime"), System.mapLibraryName("onnxruntime4j_jni"))
                .noneMatch(name -> name.endsWith(".part"));
        long unpacked = Files.getLastModifiedTime(files.get(0)).toMillis();
        assertThat(output(start())).isEqualTo(version);
        assertThat(files()).isEqualTo(files);
        assertThat(Files.getLastModifiedTime(files.get(0)).toMillis()).isEqualTo(unpacked);
    }

    @Test
    void unpacksADamagedLibraryAgain() throws Exception {
        String version = output(start());
        Path library = files().stream()
                .filter(file -> file.endsWith(System.mapLibraryName("onnxruntime")))
                .findFirst()
                .orElseThrow();
        byte[] whole = Files.readAllBytes(library);
        byte[] damaged = whole.clone();
        Arrays.fill(damaged, whole.length / 4, whole.length / 2, (byte) 0);
        Files.write(library, damaged);

        assertThat(output(start())).isEqualTo(version);
        assertThat(Files.readAllBytes(library)).isEqualTo(whole);
    }

    @Test
    void aFolderThatCannotBeWrittenDoesNotStopAnything() throws Exception {
        Path file = Files.writeString(cache.resolve("occupied"), "no folder");

        assertThat(output(start(file))).matches("\\d+\\.\\d+\\.\\d+");
    }

    @Test
    void theNativeLibraryHasNoUploaderOfUsageData() throws Exception {
        output(start());

        Path library = files().stream()
                .filter(file -> file.endsWith(System.mapLibraryName("onnxruntime")))
                .findFirst()
                .orElseThrow();
        assertThat(Files.readString(library, StandardCharsets.ISO_8859_1)).doesNotContain("ORT_DISABLE_TELEMETRY");
    }

    @Test
    void theProcessMayEndWhileAModelRuns() throws Exception {
        assertThat(output(start(PaintsAndEnds.class, cache))).isEqualTo("ending");
    }

    /** Ends the process in the middle of a picture, as a signal does. */
    static final class PaintsAndEnds {

        public static void main(String[] arguments) throws InterruptedException {
            LocalDiffusionGenerator generator = LocalDiffusionGenerator.builder()
                    .settings(LocalSettings.bundled()
                            .withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"))
                            .withCache(Path.of(arguments[0])))
                    .build();
            CountDownLatch running = new CountDownLatch(1);
            ImageRequest manySteps = ImageRequest.builder()
                    .prompt("a castle")
                    .steps(900)
                    .size(512, 512)
                    .build();
            GenerationContext context = GenerationContext.builder()
                    .listener(event -> countDown(event, running))
                    .build();
            Thread painter = new Thread(() -> generator.generate(manySteps, context));
            painter.setUncaughtExceptionHandler((thread, error) -> {
                System.out.println(error);
                running.countDown();
            });
            painter.setDaemon(true);
            painter.start();
            running.await();
            System.out.println("ending");
            System.exit(0);
        }

        private static void countDown(GenerationEvent event, CountDownLatch running) {
            if (event instanceof GenerationEvent.Progress) {
                running.countDown();
            }
        }
    }

    @Test
    void theDriverIsFoundOnlyWhereItIs() throws IOException {
        Path driver = Files.createFile(cache.resolve("libcuda.so.1"));

        assertThat(CudaDriver.find(List.of("/nowhere", cache.toString()), "libcuda.so.1"))
                .contains(driver);
        assertThat(CudaDriver.find(List.of("/nowhere", "\0"), "libcuda.so.1")).isEmpty();
    }

    private Process start() throws IOException {
        return start(cache);
    }

    private static Process start(Path cache) throws IOException {
        return start(NativeLibrariesTest.class, cache);
    }

    private static Process start(Class<?> main, Path cache) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        main.getName(),
                        cache.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static String output(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return output.strip();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
