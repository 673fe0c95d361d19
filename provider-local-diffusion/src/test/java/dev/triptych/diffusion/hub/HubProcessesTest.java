package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache under processes that compete, that are killed, and on a disk that is full. */
class HubProcessesTest {

    private static final int PIECE = 256 << 10;
    private static final int STEP = 16 << 10;
    private static final byte[] BIG = HubFilesTest.bytes(5 * PIECE + 77, 3);
    private static final HubName FILE =
            HubName.parse(FakeHub.REPO + "/big.safetensors").orElseThrow();

    /** How many processes are killed; more with {@code -Plong}. */
    private static final int KILLS = Integer.getInteger("triptych.kills", 3);

    @TempDir
    Path temp;

    private final FakeHub hub = new FakeHub().file("big.safetensors", BIG);

    @AfterEach
    void close() {
        hub.close();
    }

    private Path pullHere(Path cache) {
        HubSettings settings =
                HubSettings.of(Map.of("HF_ENDPOINT", hub.endpoint(), "HF_HUB_CACHE", cache.toString()), () -> cache);
        return new HubFiles(settings, () -> HubHttp.newClient(settings), Pause.real(), folder -> 0, PIECE)
                .pull(FILE, Optional.empty(), GenerationContext.create());
    }

    private static void assertWhole(Path cache, Path file) throws IOException {
        assertThat(file).hasBinaryContent(BIG);
        try (Stream<Path> blobs = Files.list(cache.resolve("models--owner--name/blobs"))) {
            assertThat(blobs.map(blob -> blob.getFileName().toString())).containsExactly(FakeHub.sha256(BIG));
        }
    }

    @Test
    void twoProcessesThatWantTheSameFetchItOnce() throws IOException, InterruptedException {
        CountDownLatch both = new CountDownLatch(2);
        hub.hubFault(exchange -> {
            if (exchange.getRequestURI().getPath().contains("/tree/")) {
                both.countDown(); // neither goes on before the other is there
                await(both);
            }
            return false;
        });

        Process first = PullInOtherProcess.start(hub.endpoint(), temp, FILE, PIECE);
        Process second = PullInOtherProcess.start(hub.endpoint(), temp, FILE, PIECE);

        assertThat(output(first)).endsWith("big.safetensors\n");
        assertThat(output(second)).endsWith("big.safetensors\n");
        assertWhole(temp, pullHere(temp));
        assertThat(hub.sent()).isEqualTo(BIG.length);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String output(Process process) throws IOException, InterruptedException {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    @Test
    void whoeverIsKilledLeavesAFileThatIsGoneOnWith() throws IOException, InterruptedException {
        Random random = new Random(11);
        for (int i = 0; i < KILLS; i++) {
            Path cache = Files.createDirectory(temp.resolve("cache" + i));
            long after = random.nextInt(BIG.length / STEP) * (long) STEP;
            CountDownLatch reached = new CountDownLatch(1);
            CountDownLatch killed = new CountDownLatch(1);
            hub.forget();
            hub.storageFault(exchange -> {
                hub.sendInSteps(exchange, BIG, STEP, after, reached, killed);
                return true;
            });
            Process process = PullInOtherProcess.start(hub.endpoint(), cache, FILE, PIECE);
            await(reached);
            process.destroyForcibly().waitFor();
            killed.countDown();
            hub.storageFault(exchange -> false);

            assertWhole(cache, pullHere(cache));
        }
    }

    @Test
    void aFullDiskIsSaidAndWhatCameIsKept() throws IOException, InterruptedException {
        Path small = Files.createDirectory(temp.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", small.toString()) == 0,
                "no right to mount a small disk here");
        try {
            FileStore disk = Files.getFileStore(small);
            assertThat(disk.getTotalSpace()).isLessThan(BIG.length);

            assertThatThrownBy(() -> pullHere(small))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage("big.safetensors cannot be written to " + small.resolve("models--owner--name/blobs")
                            + ": No space left on device; what is there is kept, the next try goes on there");
            assertThat(Files.exists(small.resolve("models--owner--name/snapshots")))
                    .isFalse();

            assertThat(run("mount", "-o", "remount,size=4m", small.toString())).isZero();
            hub.forget();
            assertWhole(small, pullHere(small));
            assertThat(hub.sent()).isLessThan(BIG.length);
        } finally {
            run("umount", small.toString());
        }
    }

    private static int run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1; // no such program here
        }
    }
}
