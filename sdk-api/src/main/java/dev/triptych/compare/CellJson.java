package dev.triptych.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.CacheStatus;
import dev.triptych.Cost;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.Outcome;
import dev.triptych.media.ImageHeader;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Cells and pairs as JSON, one object a line. Reading a line back gives the cell without its scores: they are measured
 * anew, so that a new scorer fills old cells too.
 */
final class CellJson {

    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private CellJson() {}

    /** A cell of {@code cells.jsonl}, and what tells whether it still answers the question. */
    record Line(CellKey key, GeneratorInfo generator, Cell cell) {}

    static String write(Line line) {
        ObjectNode node = NODES.objectNode();
        Cell cell = line.cell();
        node.put("row", cell.row());
        node.put("generator", cell.generator());
        node.put("request", line.key().request());
        node.put("occurrence", line.key().occurrence());
        node.put("provider", line.generator().provider());
        node.put("model", line.generator().model());
        node.put("revision", line.generator().revision());
        node.put("local", line.generator().local());
        cell.picture().ifPresent(picture -> node.set("picture", picture(picture)));
        cell.making().ifPresent(making -> node.set("making", making(making)));
        cell.reason().ifPresent(reason -> node.set("reason", reason(reason)));
        node.set("scores", scores(cell.scores()));
        node.set("notes", texts(cell.notes()));
        return text(node);
    }

    static String write(Pair pair) {
        ObjectNode node = NODES.objectNode();
        node.put("row", pair.row());
        node.put("left", pair.left());
        node.put("right", pair.right());
        node.set("scores", scores(pair.scores()));
        node.set("notes", texts(pair.notes()));
        return text(node);
    }

    private static ObjectNode picture(CellPicture picture) {
        ObjectNode node = NODES.objectNode();
        node.put("file", picture.file());
        node.put("mediaType", picture.header().mediaType());
        node.put("width", picture.header().width());
        node.put("height", picture.header().height());
        node.put("bytes", picture.bytes());
        node.put("sha256", picture.sha256());
        picture.seed().ifPresent(seed -> node.put("seed", seed));
        picture.revisedPrompt().ifPresent(prompt -> node.put("revisedPrompt", prompt));
        return node;
    }

    private static ObjectNode making(CellMaking making) {
        ObjectNode node = NODES.objectNode();
        node.set("effectiveRequest", tree(making.effectiveRequest()));
        node.set("warnings", warnings(making.warnings()));
        making.latency().ifPresent(latency -> node.put("latency", latency.toString()));
        node.put("attempts", making.attempts());
        node.put("cache", making.cache().name());
        making.cost().ifPresent(cost -> node.set("cost", cost(cost)));
        return node;
    }

    static ArrayNode warnings(List<GenerationWarning> warnings) {
        ArrayNode array = NODES.arrayNode();
        for (GenerationWarning warning : warnings) {
            array.addObject()
                    .put("kind", warning.kind().name())
                    .put("field", warning.field())
                    .put("message", warning.message());
        }
        return array;
    }

    static ObjectNode cost(Cost cost) {
        return NODES.objectNode()
                .put("amount", cost.amount().toPlainString())
                .put("currency", cost.currency())
                .put("source", cost.source());
    }

    static ObjectNode reason(CellReason reason) {
        return NODES.objectNode()
                .put("kind", reason.kind().name())
                .put("outcome", reason.outcome().name())
                .put("message", reason.message());
    }

    static ObjectNode scores(Map<String, Double> scores) {
        ObjectNode node = NODES.objectNode();
        scores.forEach(node::put);
        return node;
    }

    static ArrayNode texts(List<String> texts) {
        ArrayNode array = NODES.arrayNode();
        texts.forEach(array::add);
        return array;
    }

    static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("line must be JSON but could not be read");
        }
    }

    static String text(JsonNode node) {
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of texts and numbers can always be written", e);
        }
    }

    /**
     * The cell of one line, without its scores and notes.
     *
     * @throws IllegalArgumentException if the line is no such JSON
     */
    static Line read(String line) {
        JsonNode node = tree(line);
        GeneratorInfo generator = new GeneratorInfo(
                string(node, "generator"),
                string(node, "provider"),
                string(node, "model"),
                string(node, "revision"),
                node.path("local").booleanValue());
        CellKey key = new CellKey(string(node, "request"), (int) whole(node, "occurrence"), generator.name());
        int row = (int) whole(node, "row");
        Cell cell = node.has("picture")
                ? Cell.of(row, generator.name(), readPicture(node.path("picture")), readMaking(node.path("making")))
                : Cell.missing(row, generator.name(), readReason(node.path("reason")));
        return new Line(key, generator, cell);
    }

    private static CellPicture readPicture(JsonNode node) {
        return new CellPicture(
                string(node, "file"),
                new ImageHeader(string(node, "mediaType"), (int) whole(node, "width"), (int) whole(node, "height")),
                whole(node, "bytes"),
                string(node, "sha256"),
                node.has("seed") ? OptionalLong.of(whole(node, "seed")) : OptionalLong.empty(),
                optional(node, "revisedPrompt"));
    }

    private static CellMaking readMaking(JsonNode node) {
        List<GenerationWarning> warnings = new ArrayList<>();
        node.path("warnings")
                .forEach(each -> warnings.add(new GenerationWarning(
                        GenerationWarning.Kind.valueOf(string(each, "kind")),
                        string(each, "field"),
                        string(each, "message"))));
        return new CellMaking(
                text(node.path("effectiveRequest")),
                warnings,
                optional(node, "latency").map(CellJson::duration),
                (int) whole(node, "attempts"),
                CacheStatus.valueOf(string(node, "cache")),
                node.has("cost") ? Optional.of(readCost(node.path("cost"))) : Optional.empty());
    }

    private static Cost readCost(JsonNode node) {
        return new Cost(new BigDecimal(string(node, "amount")), string(node, "currency"), string(node, "source"));
    }

    private static CellReason readReason(JsonNode node) {
        return new CellReason(
                CellReason.Kind.valueOf(string(node, "kind")),
                Outcome.valueOf(string(node, "outcome")),
                string(node, "message"));
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("latency must be an ISO 8601 duration but was \"" + text + "\"", e);
        }
    }

    private static Optional<String> optional(JsonNode node, String name) {
        return node.has(name) ? Optional.of(string(node, name)) : Optional.empty();
    }

    private static String string(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(name + " must be a text but was of JSON type " + value.getNodeType());
        }
        return value.textValue();
    }

    private static long whole(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.canConvertToLong() || !value.isIntegralNumber()) {
            throw new IllegalArgumentException(
                    name + " must be a whole number but was of JSON type " + value.getNodeType());
        }
        return value.longValue();
    }
}
