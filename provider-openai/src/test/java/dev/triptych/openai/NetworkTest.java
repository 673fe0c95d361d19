package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.triptych.ImageGenerator;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.config.GeneratorSettings;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way to a server: headers, parameters, proxies, certificates, names. */
class NetworkTest extends AgainstWireMock {

    @Test
    void sendsConfiguredHeadersAndParametersWithEachCall() {
        answer("openai/generation.json");
        Map<String, Object> settings = Map.of(
                "base-url",
                base() + "/v1",
                "api-key",
                KEY,
                "headers",
                Map.of("X-Title", "studio one", "authorization", "Basic abc"),
                "query",
                Map.of("api-version", "2026-01-01", "tag", "a b"));

        try (ImageGenerator generator = new OpenAiGeneratorFactory().create(GeneratorSettings.of("studio", settings))) {
            generator.generate(PROMPT);
        }

        assertThat(sent().getHeader("X-Title")).isEqualTo("studio one");
        assertThat(sent().header("Authorization").values()).containsExactly("Basic abc");
        assertThat(sent().queryParameter("api-version").firstValue()).isEqualTo("2026-01-01");
        assertThat(sent().queryParameter("tag").firstValue()).isEqualTo("a b");
    }

    @Test
    void showsNoValueOfAHeaderInAnError() {
        answer(json(400, "{\"error\":{\"message\":\"subscription-77 is not active, nor is ab\"}}"));

        assertThatThrownBy(() -> openai().header("X-Subscription", "subscription-77")
                        .header("X-Short", "ab")
                        .build()
                        .generate(PROMPT))
                .hasMessage("request must be one that openai accepts but was refused (status 400): [key] is not active,"
                        + " nor is ab");
    }

    @Test
    void leavesAShortKeyInAServersWordsSinceItIsNoSecret() {
        answer(json(400, "{\"error\":{\"message\":\"none of the models can do that\"}}"));

        assertThatThrownBy(() -> openai().apiKey("none").build().generate(PROMPT))
                .hasMessageEndingWith(": none of the models can do that");
    }

    @Test
    void refusesAHeaderThatCannotBeSent() {
        assertThatThrownBy(() -> openai().header("X\nY", "1").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("headers must hold names and values of printable ASCII characters");
    }

    @Test
    void goesThroughTheConfiguredProxyWithItsPassword() {
        answer("openai/generation.json");

        openai().baseUrl("http://api.example.com/v1")
                .proxy("http://me:se%20cret@127.0.0.1:" + server().port())
                .build()
                .generate(PROMPT);

        assertThat(sent().getHost()).isEqualTo("api.example.com");
        assertThat(sent().getHeader("Proxy-Authorization")).isEqualTo("Basic bWU6c2UgY3JldA==");
    }

    @Test
    void goesThroughTheEnvironmentsProxyButNotToThisMachine() {
        answer("openai/generation.json");
        Map<String, String> environment = Map.of("http_proxy", "127.0.0.1:" + server().port(), "NO_PROXY", "");

        openai().baseUrl("http://api.example.com/v1")
                .environment(environment)
                .build()
                .generate(PROMPT);

        assertThat(sent().getHost()).isEqualTo("api.example.com");
        server().resetRequests();
        openai().environment(Map.of("HTTP_PROXY", "http://127.0.0.1:9")).build().generate(PROMPT);
        assertThat(sent().getHost()).isEqualTo("127.0.0.1");
    }

    @ParameterizedTest(name = "NO_PROXY={0}: {1} {2}")
    @CsvSource(
            value = {
                "''|http://api.example.com|http-proxy:3128",
                "''|https://api.example.com|https-proxy:8443",
                "example.com|https://api.example.com|DIRECT",
                ".example.com|https://api.example.com|DIRECT",
                "*.example.com|https://api.example.com|DIRECT",
                ".example.com|https://example.com|DIRECT",
                "example.com|https://badexample.com|https-proxy:8443",
                "other.org, api.example.com:443|https://api.example.com|DIRECT",
                "api.example.com:8443|https://api.example.com|https-proxy:8443",
                "*|https://api.example.com|DIRECT",
                "''|http://localhost:8080|DIRECT",
                "''|http://127.0.0.1:8080|DIRECT"
            },
            delimiter = '|')
    void readsTheEnvironmentAsOthersDo(String noProxy, String url, String expected) {
        ProxyRules rules = ProxyRules.ofEnvironment(
                Map.of("HTTP_PROXY", "http://http-proxy:3128", "https_proxy", "https-proxy:8443", "NO_PROXY", noProxy));

        List<Proxy> chosen = rules.select(URI.create(url));

        assertThat(chosen)
                .singleElement()
                .satisfies(proxy -> assertThat(
                                proxy.type() == Proxy.Type.DIRECT
                                        ? "DIRECT"
                                        : proxy.address().toString())
                        .isEqualTo(expected.equals("DIRECT") ? expected : expected.replace(":", "/<unresolved>:")));
    }

    @Test
    void takesNoProxyWhereItIsToldTo() {
        answer("openai/generation.json");

        openai().proxy("direct")
                .environment(Map.of("all_proxy", "socks5://127.0.0.1:9"))
                .build()
                .generate(PROMPT);

        sent();
        assertThatThrownBy(() -> openai().proxy("http://").build())
                .hasMessage("proxy must be an address such as http://proxy.example.com:3128 but was another text");
    }

    @Test
    void trustsTheCertificatesOfAFileBesideTheRuntimes() throws Exception {
        WireMockServer secure = new WireMockServer(options()
                .dynamicPort()
                .dynamicHttpsPort()
                .bindAddress("127.0.0.1")
                .keystorePath(resource("/tls/server.p12").toString())
                .keystorePassword("password")
                .keyManagerPassword("password")
                .keystoreType("PKCS12"));
        secure.start();
        try {
            secure.stubFor(post(anyUrl()).willReturn(aResponse().withBody(Fixtures.text("openai/generation.json"))));
            OpenAiImageGenerator.Builder builder = openai().baseUrl("https://127.0.0.1:" + secure.httpsPort());

            assertThatThrownBy(() -> builder.build().generate(PROMPT))
                    .isInstanceOf(ProviderUnavailableException.class)
                    .hasMessage("host must speak TLS with a certificate we trust but did not: 127.0.0.1");
            assertThat(builder.caFile(resource("/tls/ca.pem"))
                            .build()
                            .generate(PROMPT)
                            .images())
                    .hasSize(1);
        } finally {
            secure.stop();
        }
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(NetworkTest.class.getResource(name).toURI());
    }

    @Test
    void refusesAFileWithoutCertificates() throws Exception {
        Path file = resource("/tls/server.p12");

        assertThatThrownBy(() -> openai().caFile(file).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ca-file must hold certificates in PEM but could not be read: " + file);
    }

    @Test
    void takesTheCallersClientOrOurSettingsButNotBoth() {
        assertThatThrownBy(() ->
                        openai().proxy("direct").httpClient(new OkHttpClient()).build())
                .hasMessage("proxy and ca-file must be those of httpClient where one is given");
    }

    @Test
    void reachesAHostWithAnUnderscoreAsContainersHaveThem() {
        answer("compatible/sd-server.json");
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(host -> List.of(InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})))
                .build();

        OpenAiImageGenerator.builder()
                .profile("compatible")
                .baseUrl("http://local_ai:" + server().port() + "/v1")
                .httpClient(client)
                .build()
                .generate(PROMPT);

        assertThat(sent().getHeader("Host")).isEqualTo("local_ai:" + server().port());
    }

    @ParameterizedTest
    @CsvSource({
        "openai,     /v1/images/generations,         /v1/images/generations",
        "openai,     /v1/images/edits/,              /v1/images/generations",
        "compatible, /images/generations,            /images/generations",
        "compatible, /v1/images,                     /v1/images/generations",
        "azure,      /openai/v1/,                    /openai/v1/images/generations?api-version=preview",
        "azure,      /openai/v1,                     /openai/v1/images/generations?api-version=preview",
        "azure,      /openai,                        /openai/v1/images/generations?api-version=preview",
        "azure,      /openai/v1/images/generations,  /openai/v1/images/generations?api-version=preview"
    })
    void takesABaseUrlThatWasPastedWithTooMuch(String profile, String pasted, String expected) {
        answer("openai/generation.json");

        OpenAiImageGenerator.builder()
                .profile(profile)
                .model("gpt-image-2")
                .apiKey(KEY)
                .baseUrl(base() + pasted)
                .build()
                .generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo(expected);
    }
}
