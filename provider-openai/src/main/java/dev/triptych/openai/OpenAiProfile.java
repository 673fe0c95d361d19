package dev.triptych.openai;

import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import okhttp3.HttpUrl;

/** OpenAI itself: bearer key, organisation and project headers. */
final class OpenAiProfile implements ServerProfile {

    @Override
    public String id() {
        return "openai";
    }

    @Override
    public String defaultBaseUrl() {
        return "https://api.openai.com/v1";
    }

    /** The family that OpenAI's deprecations page recommends, in its faster form. */
    @Override
    public String defaultModel() {
        return "gpt-image-2.6-flare";
    }

    @Override
    public boolean ownsModels() {
        return true;
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        return settings.profile().capabilities();
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        HttpUrl url = settings.resolve(ImagesCodec.path(request));
        Map<String, String> headers = new LinkedHashMap<>(Credentials.bearer(settings));
        Credentials.putIfGiven(headers, "OpenAI-Organization", settings.organization());
        Credentials.putIfGiven(headers, "OpenAI-Project", settings.project());
        return new ImagesCodec(request, settings, differences).encode(url, headers, settings.model());
    }
}
