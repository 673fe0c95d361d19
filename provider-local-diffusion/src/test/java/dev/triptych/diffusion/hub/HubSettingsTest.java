package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {

    private static final Path HOME = Path.of("/home/somebody");

    @TempDir
    Path temp;

    private static HubSettings of(Map<String, String> environment) {
        return HubSettings.of(environment, () -> HOME);
    }

    @Test
    void withoutVariablesTheHubIsHuggingFacesAndTheCacheTheUsers() {
        HubSettings settings = of(Map.of());

        assertThat(settings.endpoint()).hasToString("https://huggingface.co");
        assertThat(settings.cache()).isEqualTo(HOME.resolve(".cache/huggingface/hub"));
        assertThat(settings.token().isPresent()).isFalse();
        assertThat(settings.offline()).isFalse();
        assertThat(settings.links()).isTrue();
        assertThat(settings.userAgent()).matches("triptych/.+; java/\\d+");
    }

    @ParameterizedTest
    @CsvSource({
        "HF_HOME, /a, /a/hub",
        "HF_HOME, ~/b, /home/somebody/b/hub",
        "XDG_CACHE_HOME, /x, /x/huggingface/hub",
        "HF_HUB_CACHE, /c, /c",
        "HUGGINGFACE_HUB_CACHE, /d, /d",
        "HF_HUB_CACHE, ${WHERE}/$WHAT/$NOT, /w/t/$NOT"
    })
    void theCacheIsWhereTheVariablesSay(String name, String value, String cache) {
        assertThat(of(Map.of(name, value, "WHERE", "/w", "WHAT", "t")).cache()).isEqualTo(Path.of(cache));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "on", "Yes", "TRUE"})
    void truthIsWhatPythonTakesForIt(String value) {
        assertThat(of(Map.of("HF_HUB_OFFLINE", value)).offline()).isTrue();
        assertThat(of(Map.of("TRANSFORMERS_OFFLINE", value)).offline()).isTrue();
        assertThat(of(Map.of("HF_HUB_DISABLE_SYMLINKS", value)).links()).isFalse();
        assertThat(of(Map.of("DO_NOT_TRACK", value)).userAgent()).doesNotContain("java");
    }

    @Test
    void theTokenIsTheVariableBeforeTheFile() throws IOException {
        Path file = Files.writeString(temp.resolve("token"), "hf_file\n");

        assertThat(token(Map.of("HF_HOME", temp.toString()))).isEqualTo("Bearer hf_file");
        assertThat(token(Map.of("HF_TOKEN_PATH", file.toString()))).isEqualTo("Bearer hf_file");
        assertThat(token(Map.of("HF_HOME", temp.toString(), "HUGGING_FACE_HUB_TOKEN", "hf_old")))
                .isEqualTo("Bearer hf_old");
        assertThat(token(Map.of("HF_TOKEN", " hf_new\r\n", "HUGGING_FACE_HUB_TOKEN", "hf_old")))
                .isEqualTo("Bearer hf_new");
        assertThat(token(Map.of("HF_HOME", temp.toString(), "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")))
                .isEqualTo("none");
    }

    private static String token(Map<String, String> environment) {
        return of(environment).token().authorization().orElse("none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HF_ENDPOINT | ftp://x | HF_ENDPOINT must be an http or https address without a name or password in it but was not",
                "HF_ENDPOINT | https://a:secret@x | HF_ENDPOINT must be an http or https address without a name or password in it but was not",
                "HF_ENDPOINT | a b | HF_ENDPOINT must be the address of a hub but is no address",
                "HF_HUB_ETAG_TIMEOUT | soon | HF_HUB_ETAG_TIMEOUT must be a whole number of seconds but was \"soon\"",
                "HF_HUB_DOWNLOAD_TIMEOUT | 0 | HF_HUB_DOWNLOAD_TIMEOUT must be from 1 to 3600 seconds but was 0",
                "HF_TOKEN | hf se cret | HF_TOKEN must hold a token of the hub, letters and digits, but holds others"
            })
    void aVariableThatCannotBeIsNamed(String name, String value, String message) {
        assertThatThrownBy(() -> of(Map.of(name, value)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }

    @Test
    void aSlashAtTheEndOfTheEndpointIsLeftOut() {
        assertThat(of(Map.of("HF_ENDPOINT", "https://mirror.example/hub//")).endpoint())
                .hasToString("https://mirror.example/hub");
    }

    @ParameterizedTest
    @CsvSource({
        "https://huggingface.co/x, proxy.example:3128",
        "https://HUB.corp.example/x, direct",
        "https://corp.example/x, direct",
        "https://notcorp.example/x, proxy.example:3128",
        "https://127.0.0.1:80/x, direct",
        "http://mirror.example/x, direct"
    })
    void theProxyIsTheEnvironments(String address, String way) {
        HubSettings settings = of(Map.of("HTTPS_PROXY", "http://proxy.example:3128", "no_proxy", ".corp.example"));

        Proxy proxy = settings.proxy().orElseThrow().select(URI.create(address)).get(0);

        assertThat(proxy.type() == Proxy.Type.DIRECT ? "direct" : ((InetSocketAddress) proxy.address()).toString())
                .contains(way.replace("proxy.example:3128", "proxy.example"));
    }

    @Test
    void aProxyWithAPasswordIsRefusedWithoutShowingIt() {
        assertThatThrownBy(() -> of(Map.of("HTTPS_PROXY", "http://me:secret@proxy.example")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("HTTPS_PROXY must be the http address of a proxy, without a name or password in it, but was"
                        + " not");
    }
}
