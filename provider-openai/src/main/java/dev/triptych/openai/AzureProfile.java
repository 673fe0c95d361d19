package dev.triptych.openai;

import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import okhttp3.HttpUrl;

/**
 * Azure OpenAI: with a deployment {@code …/openai/deployments/DEPLOYMENT/images/…}, without one the newer
 * {@code …/openai/v1/images/…}, where the model's name in the body says it. The key goes into {@code api-key}, a token
 * of Entra ID into {@code Authorization}.
 *
 * <p>Source: azure-ai-docs, articles/foundry/openai/how-to/dall-e.md of 2026-04-17.
 */
final class AzureProfile implements ServerProfile {

    private static final String DEPLOYMENT_VERSION = "2025-04-01-preview";
    private static final String V1_VERSION = "preview";

    @Override
    public String id() {
        return "azure";
    }

    @Override
    public String defaultBaseUrl() {
        return "";
    }

    @Override
    public String defaultModel() {
        return "";
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    /** As the portal shows it for the newer API, or as an endpoint whole. */
    @Override
    public String trimmed(String baseUrl) {
        return ServerProfile.super.trimmed(baseUrl).replaceFirst("/openai(/v1)?$", "");
    }

    @Override
    public String missing(ServerSettings settings) {
        return settings.model().isEmpty() && settings.deployment().isEmpty()
                ? "deployment (or model) must be set for profile azure but was not"
                : "";
    }

    /** As the model's, but for WebP, which Azure does not write. */
    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        Set<String> formats = new TreeSet<>(settings.profile().outputFormats());
        formats.remove("webp");
        return settings.profile().capabilities().outputFormats(formats);
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        Map<String, String> headers = new LinkedHashMap<>(Credentials.azure(settings));
        ImagesCodec codec = new ImagesCodec(request, settings, differences);
        if (settings.deployment().isEmpty()) {
            return codec.encode(url("/openai/v1", request, settings, V1_VERSION), headers, settings.model());
        }
        String prefix = "/openai/deployments/" + ServerSettings.encoded(settings.deployment());
        return codec.encode(url(prefix, request, settings, DEPLOYMENT_VERSION), headers, "");
    }

    private static HttpUrl url(String prefix, ImageRequest request, ServerSettings settings, String usualVersion) {
        String version = settings.apiVersion().isEmpty() ? usualVersion : settings.apiVersion();
        return settings.resolve(prefix + ImagesCodec.path(request) + "?api-version=" + ServerSettings.encoded(version));
    }
}
