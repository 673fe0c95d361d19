package dev.triptych.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import io.javalin.http.Context;

/** A failure in the words of the API that was asked: OpenAI's envelope, which ours is too, or FastAPI's. */
final class ErrorEnvelopes {

    private ErrorEnvelopes() {}

    static void answer(Context context, HttpFailure failure) {
        // Repeating a call has one owner, and it is not the client: whatever could be repeated has been.
        if (failure.status() >= 500 || failure.code().equals("budget_exceeded")) {
            context.header("x-should-retry", "false");
        } else if (failure.status() == 429) {
            context.header("Retry-After", "5");
        }
        if (context.path().startsWith("/sdapi/")) {
            Bodies.answer(context, failure.status(), automatic(failure));
        } else {
            Bodies.answer(context, failure.status(), openAi(failure));
        }
    }

    private static ObjectNode openAi(HttpFailure failure) {
        ObjectNode error = Json.object().put("message", failure.sentence());
        error.put("type", failure.status() >= 500 ? "server_error" : "invalid_request_error");
        error.put("code", failure.code());
        failure.param().ifPresentOrElse(param -> error.put("param", param), () -> error.putNull("param"));
        return Json.object().set("error", error);
    }

    private static ObjectNode automatic(HttpFailure failure) {
        return Json.object()
                .put("error", failure.code())
                .put("detail", failure.sentence())
                .put("errors", failure.sentence());
    }
}
