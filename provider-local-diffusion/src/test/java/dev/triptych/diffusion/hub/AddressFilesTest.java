package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddressFilesTest {

    private static final int PIECE = 10_000;
    private static final byte[] CONTENT = HubFilesTest.bytes(5 * PIECE + 7, 9);

    @TempDir
    Path temp;

    private final FakeHub server = new FakeHub();
    private final List<Duration> pauses = new ArrayList<>();

    @AfterEach
    void close() {
        server.close();
    }

    private AddressFiles files() {
        HubSettings settings =
                HubSettings.of(Map.of("HF_TOKEN", HubFilesTest.TOKEN, "HF_HUB_CACHE", temp.toString()), () -> temp);
        return new AddressFiles(
                settings,
                temp,
                () -> HubHttp.newClient(settings),
                (duration, context) -> pauses.add(duration),
                folder -> 0,
                PIECE);
    }

    private Path find(String path, byte[] expected) {
        return files().find(
                        URI.create(server.storageEndpoint() + path),
                        FakeHub.sha256(expected),
                        GenerationContext.create());
    }

    @Test
    void aFileIsFetchedOnceAndKeptUnderItsHash() {
        server.storageFault(exchange -> {
            server.sendRange(exchange, CONTENT, CONTENT.length);
            return true;
        });

        Path file = find("/models/some model.safetensors?key=1".replace(" ", "%20"), CONTENT);
        server.forget();
        Path again = find("/models/some%20model.safetensors?key=2", CONTENT);

        assertThat(file).hasBinaryContent(CONTENT).isEqualTo(again);
        assertThat(file).isEqualTo(temp.resolve(FakeHub.sha256(CONTENT)).resolve("some_model.safetensors"));
        assertThat(server.atStorage()).isEmpty();
    }

    @Test
    void aRedirectIsFollowedWithoutTheToken() {
        server.hubFault(exchange -> {
            server.sendRange(exchange, CONTENT, CONTENT.length);
            return true;
        });
        server.storageFault(exchange -> {
            exchange.getResponseHeaders().set("Location", server.endpoint() + "/elsewhere");
            exchange.sendResponseHeaders(302, -1);
            return true;
        });

        assertThat(find("/model.gguf", CONTENT)).hasBinaryContent(CONTENT);
        assertThat(server.atHub()).allMatch(seen -> seen.token().isEmpty());
        assertThat(server.atStorage()).allMatch(seen -> seen.token().isEmpty());
    }

    @Test
    void aServerThatSaysNoLengthIsReadToTheEnd() {
        AtomicInteger times = new AtomicInteger();
        server.storageFault(exchange -> {
            if (exchange.getRequestMethod().equals("HEAD")) {
                FakeHub.refuse(exchange, 405, "");
                return true;
            }
            exchange.sendResponseHeaders(200, 0); // chunked
            boolean cut = times.incrementAndGet() == 1;
            exchange.getResponseBody().write(CONTENT, 0, cut ? 20_000 : CONTENT.length);
            exchange.getResponseBody().flush();
            if (cut) {
                throw new java.io.IOException("the connection is cut"); // before the last chunk
            }
            return true;
        });

        assertThat(find("/model.gguf", CONTENT)).hasBinaryContent(CONTENT);
    }

    @Test
    void anotherFileThanTheOneThatWasMeantIsNotKept() {
        server.storageFault(exchange -> {
            server.sendRange(exchange, CONTENT, CONTENT.length);
            return true;
        });
        byte[] meant = {1, 2, 3};

        assertThatThrownBy(() -> find("/model.gguf?key=secret", meant))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(
                        "model.gguf must have the hash " + FakeHub.sha256(meant) + " but what 127.0.0.1")
                .hasMessageNotContaining("secret");
        assertThat(temp.resolve(FakeHub.sha256(meant)).resolve("model.gguf")).doesNotExist();
    }

    @Test
    void aMissingFileIsNamedWithoutItsQuery() {
        server.storageFault(exchange -> {
            FakeHub.refuse(exchange, 404, "");
            return true;
        });

        assertThatThrownBy(() -> find("/model.gguf?key=secret", CONTENT))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(server.storageEndpoint() + "/model.gguf must be a file but the server answers 404");
        assertThat(server.atStorage()).hasSize(2);
    }

    @Test
    void anOpenAddressOfAnotherMachineIsRefused() {
        URI address = URI.create("http://example.com/model.gguf?key=secret");

        assertThatThrownBy(() -> files().find(address, FakeHub.sha256(CONTENT), GenerationContext.create()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("http://example.com/model.gguf must be an https address but is http");
    }

    @Test
    void aHashThatIsNoneIsRefused() {
        URI address = URI.create("https://example.com/model.gguf");

        assertThatThrownBy(() -> files().cached(address, "abc"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("sha256 must be 64 hexadecimal digits but was 3 characters, or others");
    }
}
