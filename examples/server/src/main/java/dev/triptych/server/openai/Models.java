package dev.triptych.server.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Generators;
import java.util.Optional;
import java.util.regex.Pattern;

/** The names that clients may give as {@code model}: a generator's, its model's, or OpenAI's own for the default. */
final class Models {

    private static final Pattern OPENAI = Pattern.compile("dall-e-.*|gpt-image-.*|chatgpt-image-.*");

    private final Generators generators;
    private final boolean aliases;

    Models(Generators generators, boolean aliases) {
        this.generators = generators;
        this.aliases = aliases;
    }

    /**
     * The name of the generator that {@code model} stands for.
     *
     * @throws HttpFailure 404 that lists those there are
     */
    String generator(Optional<String> model) {
        if (model.isEmpty()) {
            return generators.standard();
        }
        String wanted = model.get();
        if (generators.names().contains(wanted)) {
            return wanted;
        }
        for (String name : generators.names()) {
            if (generators
                    .facts(name)
                    .map(facts -> facts.info().model().equals(wanted))
                    .orElse(false)) {
                return name;
            }
        }
        if (aliases && OPENAI.matcher(wanted).matches()) {
            return generators.standard();
        }
        throw new HttpFailure(
                404,
                "model_not_found",
                "model must be one of " + String.join(", ", generators.names()) + " but was another",
                "model");
    }

    ObjectNode list() {
        ObjectNode answer = Json.object().put("object", "list");
        ArrayNode data = answer.putArray("data");
        generators.names().forEach(name -> data.add(model(name)));
        return answer;
    }

    ObjectNode model(String name) {
        return Json.object()
                .put("id", name)
                .put("object", "model")
                .put("created", 0)
                .put(
                        "owned_by",
                        generators
                                .facts(name)
                                .map(facts -> facts.info().provider())
                                .orElse("triptych"));
    }
}
