package dev.triptych.openai;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * How a server is reached where the program brings no client of its own: through which proxy, and whose certificates
 * are trusted.
 *
 * @param proxy the proxy's address, {@code "direct"} for none, or {@code ""} for what the environment says
 * @param caFile certificates in PEM that are trusted beside the Java runtime's; null = none
 */
record NetworkSettings(String proxy, @Nullable Path caFile) {

    /** What the environment says, and nobody else is trusted. */
    static final NetworkSettings STANDARD = new NetworkSettings("", null);

    /**
     * {@code client} with these settings.
     *
     * @throws IllegalArgumentException if one cannot be used; the message begins with its key
     */
    OkHttpClient applyTo(OkHttpClient client, Map<String, String> environment) {
        OkHttpClient.Builder builder = client.newBuilder();
        ProxyRules rules = proxy.isEmpty() ? ProxyRules.ofEnvironment(environment) : ProxyRules.always(proxy);
        rules.applyTo(builder);
        if (caFile != null) {
            trust(builder, caFile);
        }
        return builder.build();
    }

    private static void trust(OkHttpClient.Builder builder, Path file) {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (X509Certificate certificate : trustManager(null).getAcceptedIssuers()) {
                trusted.setCertificateEntry("runtime-" + trusted.size(), certificate);
            }
            for (Certificate certificate : certificates(file)) {
                trusted.setCertificateEntry("file-" + trusted.size(), certificate);
            }
            X509TrustManager manager = trustManager(trusted);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, new TrustManager[] {manager}, null);
            builder.sslSocketFactory(tls.getSocketFactory(), manager);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "ca-file must hold certificates in PEM but could not be read: " + file, e);
        }
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new IOException("no certificate");
            }
            return found;
        }
    }

    private static X509TrustManager trustManager(@Nullable KeyStore trusted) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509TrustManager.class::isInstance)
                .map(X509TrustManager.class::cast)
                .findFirst()
                .orElseThrow(() -> new GeneralSecurityException("this Java runtime has no X.509 trust manager"));
    }

    /** The proxy may hold a password. */
    @Override
    public String toString() {
        return "NetworkSettings[" + (proxy.isEmpty() ? "" : "proxy, ") + "caFile=" + caFile + "]";
    }
}
