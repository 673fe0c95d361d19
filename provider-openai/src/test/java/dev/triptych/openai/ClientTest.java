package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.triptych.ProviderUnavailableException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** The client that a caller supplies: its TLS, proxy and interceptors are used, its retries are not. */
class ClientTest extends AgainstWireMock {

    /** Trusts anybody, which only a test may. */
    private static final X509TrustManager ANYBODY = new X509TrustManager() {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    };

    @Test
    void speaksHttp2OverTheCallersTls() throws GeneralSecurityException {
        WireMockServer secure =
                new WireMockServer(options().dynamicPort().dynamicHttpsPort().bindAddress("127.0.0.1"));
        secure.start();
        try {
            secure.stubFor(post(anyUrl())
                    .willReturn(aResponse()
                            .withHeader("Content-Type", "application/json")
                            .withBody(Fixtures.text("openai/generation.json"))));
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, new TrustManager[] {ANYBODY}, new SecureRandom());
            OkHttpClient client = new OkHttpClient.Builder()
                    .sslSocketFactory(tls.getSocketFactory(), ANYBODY)
                    .hostnameVerifier((host, session) -> true)
                    .build();

            openai().baseUrl("https://127.0.0.1:" + secure.httpsPort() + "/v1")
                    .httpClient(client)
                    .build()
                    .generate(PROMPT);

            assertThat(secure.findAll(postRequestedFor(anyUrl())))
                    .singleElement()
                    .satisfies(request -> assertThat(request.getProtocol()).isEqualTo("HTTP/2.0"));
        } finally {
            secure.stop();
        }
    }

    @Test
    void goesThroughTheCallersProxy() {
        answer("openai/generation.json");
        OkHttpClient client = new OkHttpClient.Builder()
                .proxy(new Proxy(
                        Proxy.Type.HTTP, new InetSocketAddress(InetAddress.getLoopbackAddress(), server().port())))
                .build();

        openai().baseUrl("http://api.example.com/v1").httpClient(client).build().generate(PROMPT);

        assertThat(sent().getHost()).isEqualTo("api.example.com");
    }

    @Test
    void runsTheCallersInterceptorsAndLeavesTheClientOpen() {
        answer("openai/generation.json");
        AtomicInteger calls = new AtomicInteger();
        OkHttpClient client = new OkHttpClient.Builder()
                .addInterceptor(chain -> {
                    calls.incrementAndGet();
                    return chain.proceed(chain.request()
                            .newBuilder()
                            .header("x-trace", "t-1")
                            .build());
                })
                .build();
        OpenAiImageGenerator generator = openai().httpClient(client).build();

        generator.generate(PROMPT);
        generator.close();

        assertThat(calls).hasValue(1);
        assertThat(sent().getHeader("x-trace")).isEqualTo("t-1");
        assertThat(client.dispatcher().executorService().isShutdown()).isFalse();
    }

    @Test
    void sendsOnceThoughTheCallersClientWouldRetry() {
        answer(aResponse().withStatus(503).withHeader("Retry-After", "0"));
        OkHttpClient eager = new OkHttpClient.Builder()
                .retryOnConnectionFailure(true)
                .followRedirects(true)
                .build();

        assertThatThrownBy(() -> openai().httpClient(eager).build().generate(PROMPT))
                .hasMessage("openai must answer with pictures but failed (status 503)");
        sent();
    }

    @Test
    void takesNoCallsOnceItIsClosed() {
        OpenAiImageGenerator generator = openai().name("studio").build();
        generator.close();

        assertThatThrownBy(() -> generator.generate(PROMPT))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("generator studio must be open but was closed");
    }
}
