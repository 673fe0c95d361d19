package dev.triptych.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.security.RequestGate;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** Trades the token for a cookie. */
public final class SessionApi {

    private static final int MAX_BODY = 4096;

    private final RequestGate gate;

    /** The API at {@code gate}. */
    public SessionApi(RequestGate gate) {
        this.gate = gate;
    }

    /** Adds the route. */
    public void addTo(RoutesConfig routes) {
        routes.post("/api/session", this::signIn);
    }

    private void signIn(Context context) {
        ObjectNode body = Bodies.json(context, MAX_BODY);
        if (gate.needsToken()) {
            String cookie =
                    gate.cookieFor(body.path("token").asText(), context.req().isSecure());
            if (cookie == null) {
                throw new HttpFailure(401, "invalid_api_key", "token must be the server's but was another");
            }
            context.header("Set-Cookie", cookie);
        }
        Bodies.answer(context, 200, Json.object().put("signedIn", true));
    }
}
