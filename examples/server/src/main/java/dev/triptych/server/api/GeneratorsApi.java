package dev.triptych.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageSize;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Generators;
import dev.triptych.server.jobs.Job;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.server.jobs.JobStore;
import dev.triptych.server.jobs.Jobs;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/** What the generators can do, cost and usually take: everything that a page needs before it asks. */
public final class GeneratorsApi {

    /** Finished jobs that times and usual settings are read off. */
    private static final int LOOKED_AT = 100;

    private static final int TIMES = 5;

    private final Jobs jobs;
    private final Money money;

    /** The API of the generators of {@code jobs}, with prices and budget from {@code money}. */
    public GeneratorsApi(Jobs jobs, Money money) {
        this.jobs = jobs;
        this.money = money;
    }

    /** Adds the routes. */
    public void addTo(RoutesConfig routes) {
        routes.get("/api/generators", context -> Bodies.answer(context, 200, all()));
        routes.get("/api/generators/{name}", this::one);
    }

    private ObjectNode all() {
        ObjectNode answer = Json.object().put("default", jobs.generators().standard());
        ArrayNode generators = answer.putArray("generators");
        List<Job> finished = finished();
        jobs.generators().names().forEach(name -> generators.add(view(name, finished)));
        money.left().ifPresent(left -> answer.set("budget", left));
        return answer;
    }

    private void one(Context context) {
        Bodies.answer(context, 200, view(jobs.generators().require(context.pathParam("name")), finished()));
    }

    private List<Job> finished() {
        return jobs.page(new JobStore.Query(
                        OptionalLong.empty(), LOOKED_AT, "", List.of(JobStatus.COMPLETED), Optional.empty()))
                .jobs();
    }

    private ObjectNode view(String name, List<Job> finished) {
        ObjectNode json = Json.object().put("name", name);
        Optional<Generators.Facts> facts = jobs.generators().facts(name);
        if (facts.isEmpty()) {
            return json.put("problem", jobs.generators().problem(name).orElse("it cannot be used right now"));
        }
        json.put("provider", facts.get().info().provider())
                .put("model", facts.get().info().model())
                .put("revision", facts.get().info().revision())
                .put("local", facts.get().info().local())
                .put("free", facts.get().isFree());
        money.price(name).ifPresent(price -> json.set("price", price));
        json.set("capabilities", capabilities(facts.get().capabilities()));
        usual(json, name, finished);
        return json;
    }

    private static ObjectNode capabilities(Capabilities can) {
        ObjectNode json = Json.object();
        texts(
                json.putArray("operations"),
                can.operations().stream()
                        .map(each -> each.name().toLowerCase(Locale.ROOT))
                        .toList());
        texts(
                json.putArray("honoured"),
                can.honoured().stream().map(Parameter::field).toList());
        json.put("maxImagesPerCall", can.maxImagesPerCall()).put("maxInputs", can.maxInputs());
        json.set("inputs", inputs(can));
        json.set("sizes", sizes(can.sizes()));
        texts(json.putArray("qualities"), can.qualities());
        texts(json.putArray("styles"), can.styles());
        texts(json.putArray("backgrounds"), can.backgrounds());
        texts(json.putArray("outputFormats"), can.outputFormats());
        can.maxPromptCharacters().ifPresent(most -> json.put("maxPromptCharacters", most));
        texts(json.putArray("options"), can.options());
        return json.put("deterministicSeeds", can.deterministicSeeds())
                .put("previews", can.previews())
                .put("provisional", can.provisional());
    }

    /** Which input pictures it takes, by role. */
    private static ObjectNode inputs(Capabilities can) {
        ObjectNode json = Json.object();
        can.inputRules().forEach((role, rule) -> {
            if (rule.most() > 0) {
                ObjectNode entry = json.putObject(role.name()).put("most", rule.most());
                texts(entry.putArray("names"), rule.names());
                entry.put("weighted", rule.weighted());
            }
        });
        return json;
    }

    private static void texts(ArrayNode array, Collection<String> texts) {
        new TreeSet<>(texts).forEach(array::add);
    }

    private static ObjectNode sizes(SizeRule rule) {
        ObjectNode json = Json.object()
                .put("standard", rule.standard().toString())
                .put("multipleOf", rule.multipleOf())
                .put("minEdge", rule.minEdge())
                .put("maxEdge", rule.maxEdge())
                .put("description", rule.describe());
        ArrayNode fixed = json.putArray("fixed");
        rule.fixed().stream().map(ImageSize::toString).forEach(fixed::add);
        return json;
    }

    /** What the last finished jobs of {@code name} took, and the settings that they ended up with by themselves. */
    private static void usual(ObjectNode json, String name, List<Job> finished) {
        List<Long> millis = new ArrayList<>();
        ObjectNode usual = Json.object();
        for (Job job : finished) {
            Job.Making making = job.making().orElse(null);
            if (making == null || !making.generator().equals(name)) {
                continue;
            }
            if (!making.cached() && millis.size() < TIMES && !job.pictures().isEmpty()) {
                millis.add(making.millis() / job.pictures().size());
            }
            JsonNode asked = Json.parse(job.requestJson());
            JsonNode effective = Json.parse(making.effectiveJson());
            for (String field : List.of("steps", "guidanceScale", "strength", "quality")) {
                if (!asked.has(field) && effective.has(field) && !usual.has(field)) {
                    usual.set(field, effective.get(field));
                }
            }
            JsonNode options = effective.path("options");
            options.properties().forEach(option -> {
                String field = "options." + option.getKey();
                if (!asked.path("options").has(option.getKey()) && !usual.has(field)) {
                    usual.set(field, option.getValue());
                }
            });
        }
        if (!millis.isEmpty()) {
            millis.sort(Long::compare);
            json.put("millisPerPicture", millis.get(millis.size() / 2));
        }
        json.set("usual", usual);
    }
}
