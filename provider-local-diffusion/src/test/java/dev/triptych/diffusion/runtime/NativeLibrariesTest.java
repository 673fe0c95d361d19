package dev.triptych.diffusion.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {

    @TempDir
    Path cache;

    /** What the processes of the tests run: unpack, start ONNX Runtime, say what it is. */
    public static void main(String[] arguments) {
        RuntimeOptions options = RuntimeOptions.standard().withCache(Path.of(arguments[0]));
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
    void aFolderThatCannotBeWrittenDoesNotStopAnything() throws Exception {
        Path file = Files.writeString(cache.resolve("occupied"), "no folder");

        assertThat(output(start(file))).matches("\\d+\\.\\d+\\.\\d+");
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
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        NativeLibrariesTest.class.getName(),
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
