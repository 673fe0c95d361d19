package dev.triptych.openai;

import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;

/**
 * LocalAI, stable-diffusion.cpp, LiteLLM, vLLM and whoever else answers at {@code BASE/images/generations}. No key is
 * needed; one that is configured is sent. For models that the table does not know, pictures are asked for as base64:
 * such servers answer with a link otherwise, which costs a second call.
 */
final class CompatibleProfile implements ServerProfile {

    @Override
    public String id() {
        return "compatible";
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
        return false;
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        return settings.profile().capabilities();
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        return new ImagesCodec(request, settings, differences)
                .asBase64()
                .encode(settings.resolve(ImagesCodec.path(request)), Credentials.bearer(settings), settings.model());
    }
}
