package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationCancelledException;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint.Entry;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint.FileCreator;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint.Manifest;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledCheckpointTest {

    private static final Path SOURCES = Path.of("bundled-model/src/main/resources/dev/triptych/model/bundled");
    private static final FileCreator CREATOR =
            file -> FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final FileCreator NEVER = file -> {
        throw new AssertionError("nothing was to be written but " + file.getFileName());
    };

    @TempDir
    Path temporary;

    private Path cache = Path.of("");
    private Path packed = Path.of("");
    private URLClassLoader artifact = new URLClassLoader(new URL[0], null);

    @BeforeEach
    void packsASmallArtifact() throws IOException {
        cache = temporary.resolve("cache");
        packed = temporary.resolve("artifact/dev/triptych/model/bundled");
        Files.createDirectories(packed.resolve("unet"));
        Files.writeString(packed.resolve("model_index.json"), "{}");
        Files.writeString(packed.resolve("unet/weights.safetensors"), "0123456789".repeat(1000));
        writeManifest();
        artifact = new URLClassLoader(
                new URL[] {temporary.resolve("artifact").toUri().toURL()}, null);
    }

    @AfterEach
    void closesTheArtifact() throws IOException {
        artifact.close();
    }

    private void writeManifest() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String path : List.of("model_index.json", "unet/weights.safetensors")) {
            byte[] bytes = Files.readAllBytes(packed.resolve(path));
            lines.add(sha256(bytes) + " " + bytes.length + " " + path + "\n");
        }
        Files.writeString(packed.resolve("manifest.txt"), String.join("", lines));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private BundledCheckpoint checkpoint(FileCreator creator) {
        return new BundledCheckpoint(artifact, creator);
    }

    private Path unpack() {
        return checkpoint(CREATOR).unpackedBelow(cache);
    }

    private List<String> filesInCache() throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> cache.relativize(file).toString().replace('\\', '/'))
                    .map(name -> name.replaceFirst("bundled-[0-9a-f]{16}", "bundled"))
                    .sorted()
                    .toList();
        }
    }

    private void assertWhole(Path folder) throws IOException {
        assertThat(Files.readString(folder.resolve("model_index.json"))).isEqualTo("{}");
        assertThat(folder.resolve("unet/weights.safetensors"))
                .hasSameBinaryContentAs(packed.resolve("unet/weights.safetensors"));
        assertThat(filesInCache())
                .containsExactly(
                        "models/.bundled.lock",
                        "models/bundled/.unpacked",
                        "models/bundled/model_index.json",
                        "models/bundled/unet/weights.safetensors");
    }

    /** After a change of the checkpoint: bundled-model/README.md says how to write the manifest anew. */
    @Test
    void theManifestListsTheFilesOfTheArtifact() throws IOException {
        List<Entry> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                found.add(
                        new Entry(SOURCES.relativize(file).toString().replace('\\', '/'), bytes.length, sha256(bytes)));
            }
        }
        found.removeIf(entry -> entry.path().equals("manifest.txt"));

        assertThat(BundledCheckpoint.manifest()).isPresent().get().satisfies(manifest -> {
            assertThat(manifest.files()).containsExactlyInAnyOrderElementsOf(found);
            assertThat(manifest.sha256()).isEqualTo(sha256(Files.readAllBytes(SOURCES.resolve("manifest.txt"))));
        });
    }

    @Test
    void twoProcessesUnpackAtATime() throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
        List<Process> processes = new ArrayList<>();
        List<BufferedReader> outputs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            classPath,
                            UnpackBundledCheckpoint.class.getName(),
                            cache.toString())
                    .redirectErrorStream(true)
                    .start();
            processes.add(process);
            outputs.add(process.inputReader());
            assertThat(outputs.get(i).readLine()).isEqualTo("ready");
        }
        for (Process process : processes) {
            process.outputWriter().append('\n').flush();
        }

        Path folder = BundledCheckpoint.directory(cache);

        for (int i = 0; i < 2; i++) {
            assertThat(outputs.get(i).lines()).containsExactly(folder.toString());
            assertThat(processes.get(i).waitFor()).isZero();
        }
        for (Entry entry : BundledCheckpoint.manifest().map(Manifest::files).orElseThrow()) {
            assertThat(folder.resolve(entry.path())).hasSize(entry.size());
        }
        assertThat(filesInCache()).noneMatch(file -> file.contains("aside"));
    }

    @Test
    void unpacksOnceAndThenWritesNothing() throws IOException {
        Path folder = unpack();

        assertWhole(folder);
        assertThat(checkpoint(NEVER).unpackedBelow(cache)).isEqualTo(folder);
    }

    @Test
    void givesAnotherArtifactAnotherFolder() throws IOException {
        Path first = unpack();
        Files.writeString(packed.resolve("model_index.json"), "{ }");
        writeManifest();

        assertThat(unpack()).isNotEqualTo(first);
    }

    @Test
    void repairsATruncatedFile() throws IOException {
        Path folder = unpack();
        Files.writeString(folder.resolve("unet/weights.safetensors"), "0123");

        assertThat(unpack()).isEqualTo(folder);
        assertWhole(folder);
    }

    @Test
    void repairsAFileThatKeptItsSize() throws IOException {
        Path folder = unpack();
        Path weights = folder.resolve("unet/weights.safetensors");
        Files.writeString(weights, "9876543210".repeat(1000));
        Files.setLastModifiedTime(weights, FileTime.fromMillis(1_000_000_000_000L));

        unpack();

        assertWhole(folder);
    }

    @Test
    void repairsADeletedFile() throws IOException {
        Path folder = unpack();
        Files.delete(folder.resolve("model_index.json"));

        unpack();

        assertWhole(folder);
    }

    @Test
    void keepsAWholeCopyWhoseTimesChanged() throws IOException {
        Path folder = unpack();
        Files.setLastModifiedTime(folder.resolve("model_index.json"), FileTime.fromMillis(1_000_000_000_000L));
        Files.write(folder.resolve(".unpacked"), new byte[] {(byte) 0xff, 0});

        checkpoint(NEVER).unpackedBelow(cache);

        assertWhole(folder);
    }

    @Test
    void startsAgainAfterAProcessThatWasKilledHalfWay() throws IOException {
        Path folder = unpack();
        Path aside = Files.createDirectories(
                cache.resolve("models").resolve(folder.getFileName() + ".aside-123/fresh/unet"));
        Files.writeString(aside.resolve("weights.safetensors"), "01234");
        Files.delete(folder.resolve(".unpacked"));
        Files.delete(folder.resolve("unet/weights.safetensors"));

        unpack();

        assertWhole(folder);
    }

    @Test
    void leavesNothingWhenTheDiskIsFull() throws IOException {
        FileCreator fullDisk = file -> {
            if (file.endsWith("weights.safetensors")) {
                throw new IOException("No space left on device");
            }
            return CREATOR.create(file);
        };
        String folder = cache.resolve("models/bundled-")
                + sha256(Files.readAllBytes(packed.resolve("manifest.txt"))).substring(0, 16);

        assertThatThrownBy(() -> checkpoint(fullDisk).unpackedBelow(cache))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("bundled checkpoint needs 1 MB of writable space but could not be unpacked to " + folder
                        + ": No space left on device");
        assertThat(filesInCache()).containsExactly("models/.bundled.lock");
    }

    @Test
    void saysThatTheCacheCannotBeWritten() throws IOException {
        Files.writeString(cache, "a file where the folder should be");
        String folder = cache.resolve("models/bundled-")
                + sha256(Files.readAllBytes(packed.resolve("manifest.txt"))).substring(0, 16);

        assertThatThrownBy(this::unpack)
                .isInstanceOf(ModelLoadException.class)
                .hasCauseInstanceOf(FileSystemException.class)
                .hasMessageStartingWith("bundled checkpoint needs 1 MB of writable space but could not be unpacked to "
                        + folder + ": ");
        assertThat(Files.readString(cache)).isEqualTo("a file where the folder should be");
    }

    @Test
    void saysWhichDependencyIsMissing() throws IOException {
        Files.delete(packed.resolve("manifest.txt"));

        assertThat(new BundledArtifact(artifact, NEVER).manifest()).isEmpty();
        assertThatThrownBy(this::unpack)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("model \"bundled\" needs the artifact dev.triptych:triptych-bundled-model but it is not on"
                        + " the class path: add it as a dependency, or name the folder of another checkpoint");
        assertThat(cache).doesNotExist();
    }

    @Test
    void refusesADamagedArtifact() throws IOException {
        Path weights = packed.resolve("unet/weights.safetensors");
        String expected = sha256(Files.readAllBytes(weights));
        Files.writeString(weights, "0");

        assertThatThrownBy(this::unpack)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("bundled checkpoint's unet/weights.safetensors must have the SHA-256 " + expected
                        + " but has " + sha256(new byte[] {'0'})
                        + ": the artifact dev.triptych:triptych-bundled-model is damaged");
        Files.delete(weights);
        assertThatThrownBy(this::unpack)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("artifact dev.triptych:triptych-bundled-model must hold unet/weights.safetensors, which its"
                        + " manifest names, but does not: the artifact is damaged");
        assertThat(filesInCache()).containsExactly("models/.bundled.lock");
    }

    @Test
    void refusesAManifestThatLeadsOutOfTheCache() throws IOException {
        String line = "0".repeat(64) + " 1 ../outside";
        Files.writeString(packed.resolve("manifest.txt"), line + "\n");

        assertThatThrownBy(this::unpack)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("manifest of dev.triptych:triptych-bundled-model must have lines of hash, size and relative"
                        + " path but has another: " + line);
    }

    @Test
    void stopsWhenInterrupted() throws IOException {
        Thread.currentThread().interrupt();

        assertThatThrownBy(this::unpack)
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("interrupted while unpacking the bundled checkpoint");
        assertThat(Thread.interrupted()).isTrue();
        assertThatThrownBy(() -> Files.size(cache.resolve("models/bundled"))).isInstanceOf(NoSuchFileException.class);
    }
}
