package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import java.util.Locale;

/** A server that speaks the images API in a way that the table says all of: xAI, Recraft, BytePlus Ark, … */
final class TableProfile implements ServerProfile {

    private final JsonNode row;
    private final ImagesDialect dialect;

    /** The server that the table calls {@code id}. */
    TableProfile(String id) {
        this.row = ModelTable.vendor(id);
        this.dialect = new ImagesDialect(
                ImagesDialect.Shape.valueOf(constant(row.path("shape").asText())),
                ImagesDialect.Pictures.valueOf(constant(row.path("pictures").asText())));
    }

    private static String constant(String word) {
        return word.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    @Override
    public String id() {
        return row.path("id").asText();
    }

    @Override
    public String vendor() {
        return id();
    }

    @Override
    public String defaultBaseUrl() {
        return row.path("base-url").asText();
    }

    @Override
    public String defaultModel() {
        return row.path("model").asText();
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    @Override
    public String missing(ServerSettings settings) {
        return settings.model().isEmpty() ? "model must be set for profile " + id() + " but was not" : "";
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        return settings.profile().capabilities();
    }

    @Override
    public ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        return dialect.shape() == ImagesDialect.Shape.RATIO
                ? Shapes.settle(
                        request,
                        settings.profile().ratios(),
                        settings.profile().resolutions(),
                        ImagesCodec.RESOLUTION,
                        differences)
                : request;
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        String path =
                dialect.pictures() == ImagesDialect.Pictures.IMAGE ? "/images/generations" : ImagesCodec.path(request);
        return new ImagesCodec(request, settings, differences)
                .in(dialect)
                .asBase64()
                .encode(settings.resolve(path), Credentials.bearer(settings), settings.model());
    }
}
