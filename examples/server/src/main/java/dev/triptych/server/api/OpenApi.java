package dev.triptych.server.api;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The description of the native API, at {@code /api/openapi.json}. */
public final class OpenApi {

    /** The route. */
    public OpenApi() {}

    /** Adds the route. */
    public void addTo(RoutesConfig routes) {
        routes.get("/api/openapi.json", OpenApi::answer);
    }

    private static void answer(Context context) {
        try (InputStream in = OpenApi.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("the description is part of the jar");
            }
            context.contentType("application/json").result(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("the jar can always be read", e);
        }
    }
}
