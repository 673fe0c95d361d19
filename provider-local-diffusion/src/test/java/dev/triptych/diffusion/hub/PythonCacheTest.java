package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.GenerationContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The cache is Python's too: each finds what the other wrote. Runs where a Python with huggingface_hub is at hand; the
 * system property {@code triptych.python} names the interpreter, {@code python3} by default.
 */
class PythonCacheTest {

    private static final String PYTHON = System.getProperty("triptych.python", "python3");
    private static final String DOWNLOAD = "from huggingface_hub import snapshot_download as s; print(s('owner/name'))";
    private static final String SCAN = "from huggingface_hub import scan_cache_dir as s\n"
            + "i = s()\nprint([(r.repo_id, r.nb_files) for r in i.repos], i.warnings)";
    private static final HubName REPO = HubName.parse(FakeHub.REPO).orElseThrow();

    @TempDir
    Path temp;

    private final FakeHub hub = new FakeHub()
            .file("model_index.json", "{\"_class_name\": \"X\", \"unet\": [\"diffusers\", \"U\"]}")
            .file("unet/config.json", "{}")
            .file("unet/diffusion_pytorch_model.safetensors", HubFilesTest.bytes(70_000, 1));

    @BeforeEach
    void pythonIsThere() throws InterruptedException {
        assumeTrue(hasHub(), PYTHON + " has no huggingface_hub: -Dtriptych.python=INTERPRETER");
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private HubFiles files() {
        return HubFiles.of(
                HubSettings.of(Map.of("HF_ENDPOINT", hub.endpoint(), "HF_HUB_CACHE", temp.toString()), () -> temp));
    }

    /** The last line that Python prints. */
    private String python(boolean offline, String code) throws IOException, InterruptedException {
        Process process = start(offline, code);
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        List<String> lines = text.lines().toList();
        return lines.get(lines.size() - 1);
    }

    private static boolean hasHub() throws InterruptedException {
        try {
            return new ProcessBuilder(PYTHON, "-c", "import huggingface_hub")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Process start(boolean offline, String code) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(PYTHON, "-c", code).redirectErrorStream(true);
        builder.environment().put("HF_ENDPOINT", hub.endpoint());
        builder.environment().put("HF_HUB_CACHE", temp.toString());
        builder.environment().put("HF_HUB_OFFLINE", offline ? "1" : "0");
        builder.environment().put("HF_HUB_DISABLE_XET", "1");
        return builder.start();
    }

    @Test
    void pythonFindsWhatWeWrote() throws IOException, InterruptedException {
        Path folder = files().pull(REPO, Optional.empty(), GenerationContext.create());
        hub.forget();

        assertThat(python(true, DOWNLOAD)).isEqualTo(folder.toString());
        assertThat(python(true, SCAN)).isEqualTo("[('owner/name', 3)] []");
        assertThat(hub.atHub()).isEmpty();
    }

    @Test
    void weFindWhatPythonWrote() throws IOException, InterruptedException {
        String folder = python(false, DOWNLOAD);
        hub.forget();

        assertThat(files().cached(REPO, Optional.empty())).contains(Path.of(folder));
        assertThat(files().find(REPO, Optional.empty(), GenerationContext.create()))
                .hasToString(folder);
        assertThat(hub.atHub()).isEmpty();
        assertThat(new CachedModels(files().settings())
                        .verify("owner/name", Optional.empty(), GenerationContext.create())
                        .intact())
                .hasSize(3);
    }
}
