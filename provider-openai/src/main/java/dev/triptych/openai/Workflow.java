package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.NearestNames;
import dev.triptych.internal.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A workflow of ComfyUI in its API form ({@code NODE: {class_type, inputs}}), with the places where a request's
 * settings go. A place is {@code NODE.INPUT}, such as {@code 3.seed}. Those that nobody named are found where the
 * workflow is of the usual build: one sampler, its prompts by its links, one empty latent, one node that loads a
 * picture. Immutable.
 */
final class Workflow {

    /** What can have a place. */
    static final Set<String> TERMS = Set.of(
            "prompt", "negative", "seed", "steps", "guidance", "strength", "width", "height", "input", "mask", "model");

    private static final Set<String> SAMPLERS = Set.of("KSampler", "KSamplerAdvanced", "SamplerCustom");

    /** A link through more nodes than this is a circle. */
    private static final int LONGEST_WAY = 20;

    private final ObjectNode graph;
    private final Map<String, String> places;
    private final String sha256;

    private Workflow(ObjectNode graph, Map<String, String> places, String sha256) {
        this.graph = graph;
        this.places = places;
        this.sha256 = sha256;
    }

    /**
     * The workflow in {@code file}, with {@code named} places.
     *
     * @throws IllegalArgumentException if it is no workflow in API form, or a place is not in it
     */
    static Workflow read(Path file, Map<String, String> named) {
        byte[] bytes;
        JsonNode tree;
        try {
            bytes = Files.readAllBytes(file);
            tree = Json.MAPPER.readTree(bytes);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "workflow must be a file of JSON that can be read but was not: " + file, e);
        }
        if (!(tree instanceof ObjectNode graph) || graph.isEmpty() || graph.has("nodes")) {
            throw notInApiForm(file);
        }
        for (JsonNode node : graph) {
            if (!node.path("class_type").isTextual() || !node.path("inputs").isObject()) {
                throw notInApiForm(file);
            }
        }
        Map<String, String> places = new TreeMap<>();
        new Finder(graph).find(places);
        named.forEach((term, place) -> {
            if (!TERMS.contains(term)) {
                throw new IllegalArgumentException("places." + term + " is not known; known are "
                        + String.join(", ", NearestNames.to(term, TERMS)) + ", the nearest first");
            }
            if (place.isBlank()) {
                places.remove(term);
            } else if (input(graph, place).isEmpty()) {
                throw new IllegalArgumentException("places." + term
                        + " must be NODE.INPUT of the workflow, such as 3.seed, but was \"" + place + "\"");
            } else {
                places.put(term, place);
            }
        });
        return new Workflow(graph, places, Sha256.hex(bytes));
    }

    private static IllegalArgumentException notInApiForm(Path file) {
        return new IllegalArgumentException(
                "workflow must be in ComfyUI's API form (Workflow > Export (API)) but was not: " + file);
    }

    private static Optional<ObjectNode> input(ObjectNode graph, String place) {
        int dot = place.lastIndexOf('.');
        JsonNode inputs =
                dot < 0 ? graph.path("") : graph.path(place.substring(0, dot)).path("inputs");
        return inputs instanceof ObjectNode object && object.has(place.substring(dot + 1))
                ? Optional.of(object)
                : Optional.empty();
    }

    /** Whether {@code term} has a place. */
    boolean has(String term) {
        return places.containsKey(term);
    }

    /** The places by term. */
    Map<String, String> places() {
        return Map.copyOf(places);
    }

    /** SHA-256 of the file. */
    String sha256() {
        return sha256;
    }

    /** A copy of the graph, to be filled in. */
    Filled fill() {
        return new Filled(graph.deepCopy());
    }

    /** A graph on its way to the server. Not thread-safe. */
    final class Filled {
        private final ObjectNode copy;

        private Filled(ObjectNode copy) {
            this.copy = copy;
        }

        /** Puts {@code value} where {@code term} has its place; without one nothing is done. */
        void put(String term, JsonNode value) {
            String place = places.get(term);
            if (place != null) {
                set(place, value);
            }
        }

        /** Puts {@code value} at {@code place}; false if there is no such input. */
        boolean set(String place, JsonNode value) {
            Optional<ObjectNode> inputs = input(copy, place);
            inputs.ifPresent(each -> each.set(place.substring(place.lastIndexOf('.') + 1), value));
            return inputs.isPresent();
        }

        ObjectNode graph() {
            return copy;
        }
    }

    /** Finds the places of a workflow of the usual build. */
    private record Finder(ObjectNode graph) {

        void find(Map<String, String> places) {
            Optional<String> sampler = only(SAMPLERS);
            sampler.ifPresent(id -> {
                place(places, "seed", id, "seed", "noise_seed");
                place(places, "steps", id, "steps");
                place(places, "guidance", id, "cfg");
                place(places, "strength", id, "denoise");
                text(id, "positive").ifPresent(node -> places.put("prompt", node + ".text"));
                text(id, "negative").ifPresent(node -> places.put("negative", node + ".text"));
                linked(id, "latent_image")
                        .filter(node ->
                                inputs(node).has("width") && inputs(node).has("height"))
                        .ifPresent(node -> {
                            places.put("width", node + ".width");
                            places.put("height", node + ".height");
                        });
            });
            // Flux and its kin: noise, guidance, schedule and guider are nodes of their own.
            only(Set.of("RandomNoise")).ifPresent(id -> place(places, "seed", id, "noise_seed"));
            only(Set.of("FluxGuidance")).ifPresent(id -> place(places, "guidance", id, "guidance"));
            only(Set.of("BasicScheduler")).ifPresent(id -> {
                place(places, "steps", id, "steps");
                place(places, "strength", id, "denoise");
            });
            only(Set.of("BasicGuider"))
                    .flatMap(id -> text(id, "conditioning"))
                    .ifPresent(node -> places.put("prompt", node + ".text"));
            only(Set.of("EmptyLatentImage", "EmptySD3LatentImage", "EmptyFlux2LatentImage"))
                    .ifPresent(id -> {
                        place(places, "width", id, "width");
                        place(places, "height", id, "height");
                    });
            only(Set.of("LoadImage")).ifPresent(id -> place(places, "input", id, "image"));
            only(Set.of("LoadImageMask")).ifPresent(id -> place(places, "mask", id, "image"));
            only(Set.of("CheckpointLoaderSimple")).ifPresent(id -> place(places, "model", id, "ckpt_name"));
            if (Objects.equals(places.get("prompt"), places.get("negative"))) {
                places.remove("negative"); // one text for both steers nothing away
            }
        }

        private JsonNode inputs(String id) {
            return graph.path(id).path("inputs");
        }

        /** A value, not a link to another node's output, is what can be replaced. */
        private void place(Map<String, String> places, String term, String id, String... names) {
            for (String name : names) {
                if (inputs(id).path(name).isValueNode()) {
                    places.put(term, id + "." + name);
                    return;
                }
            }
        }

        private Optional<String> only(Set<String> classes) {
            List<String> found = new ArrayList<>();
            graph.properties().forEach(node -> {
                if (classes.contains(node.getValue().path("class_type").asText())) {
                    found.add(node.getKey());
                }
            });
            return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
        }

        private Optional<String> linked(String id, String input) {
            JsonNode link = inputs(id).path(input);
            return link.isArray()
                            && link.path(0).isTextual()
                            && graph.has(link.path(0).asText())
                    ? Optional.of(link.path(0).asText())
                    : Optional.empty();
        }

        /** The node with the text behind {@code input}, through nodes that pass a conditioning on. */
        private Optional<String> text(String id, String input) {
            Optional<String> node = linked(id, input);
            Set<String> seen = new HashSet<>();
            while (node.isPresent() && seen.size() < LONGEST_WAY && seen.add(node.get())) {
                if (inputs(node.get()).path("text").isTextual()) {
                    return node;
                }
                String from = node.get();
                node = linked(from, "conditioning").or(() -> linked(from, input));
            }
            return Optional.empty();
        }
    }
}
