package dev.triptych.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.RequestJson;
import dev.triptych.media.ContentCredentials;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the page shows, as JSON: requests, generators with what they honour and what was measured, cells, pairs. */
final class ReportJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Comparison comparison;
    private final ReportPicture.Room room;

    ReportJson(Comparison comparison) {
        this.comparison = comparison;
        this.room = ReportPicture.Room.forEachOf(
                comparison.cells().size() - comparison.missing().size());
    }

    ObjectNode tree() throws IOException {
        ObjectNode root = NODES.objectNode();
        root.put("id", comparison.id());
        root.put("title", comparison.title());
        root.put("finished", comparison.finished().toString());
        root.set("measures", measures(comparison.measures()));
        root.set("pairMeasures", measures(comparison.pairMeasures()));
        ArrayNode generators = root.putArray("generators");
        for (int column = 0; column < comparison.columns().size(); column++) {
            generators.add(generator(comparison.columns().get(column), comparison.column(column)));
        }
        ArrayNode rows = root.putArray("rows");
        comparison.requests().forEach(request -> rows.add(request(RequestJson.canonical(request))));
        ArrayNode cells = root.putArray("cells");
        for (int row = 0; row < comparison.requests().size(); row++) {
            for (int column = 0; column < comparison.columns().size(); column++) {
                cells.add(cell(column, comparison.cell(row, column)));
            }
        }
        root.set("pairs", pairs());
        return root;
    }

    /** A request whose seed is a text: a number of JavaScript has 53 bits, and a seed has 64. */
    private static JsonNode request(String canonical) {
        JsonNode request = CellJson.tree(canonical);
        if (request instanceof ObjectNode fields && fields.has("seed")) {
            fields.put("seed", fields.path("seed").asText());
        }
        return request;
    }

    private static ArrayNode measures(List<Measure> measures) {
        ArrayNode array = NODES.arrayNode();
        for (Measure measure : measures) {
            array.addObject()
                    .put("id", measure.id())
                    .put("label", measure.label())
                    .put("unit", measure.unit())
                    .put("better", measure.better().name())
                    .put("description", measure.description());
        }
        return array;
    }

    private ObjectNode generator(Column column, List<Cell> cells) {
        Capabilities can = column.capabilities();
        ObjectNode node = NODES.objectNode();
        node.put("name", column.name());
        node.put("provider", column.info().provider());
        node.put("model", column.info().model());
        node.put("revision", column.info().revision());
        node.put("local", column.info().local());
        column.facts().openWeights().ifPresent(open -> node.put("openWeights", open));
        node.put("style", column.facts().style());
        node.put("licence", column.facts().licence());
        node.set("styles", CellJson.texts(can.styles().stream().sorted().toList()));
        node.set("controls", controls(can));
        node.put("sizes", can.sizes().describe());
        node.put("billed", can.costClass() == CostClass.BILLED);
        node.put(
                "pictures",
                cells.stream().filter(cell -> cell.picture().isPresent()).count());
        node.set(
                "summary",
                summaries(
                        comparison.measures(), cells.stream().map(Cell::scores).toList()));
        node.set("spent", spent(cells));
        return node;
    }

    /** Every setting and operation, and whether it has an effect. */
    private static ArrayNode controls(Capabilities can) {
        ArrayNode controls = NODES.arrayNode();
        for (Parameter parameter : Parameter.values()) {
            controls.addObject().put("name", words(parameter.name())).put("honoured", can.honours(parameter));
        }
        for (Operation operation : Operation.values()) {
            if (operation != Operation.TEXT_TO_IMAGE) {
                controls.addObject()
                        .put("name", words(operation.name()))
                        .put("honoured", can.operations().contains(operation));
            }
        }
        controls.addObject().put("name", "repeatable seeds").put("honoured", can.deterministicSeeds());
        return controls;
    }

    private static String words(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static ObjectNode summaries(List<Measure> measures, List<Map<String, Double>> scores) {
        ObjectNode node = NODES.objectNode();
        for (Measure measure : measures) {
            List<Double> values = new ArrayList<>();
            for (Map<String, Double> each : scores) {
                Optional.ofNullable(each.get(measure.id())).ifPresent(values::add);
            }
            if (!values.isEmpty()) {
                Summary summary = Summary.of(values);
                node.putObject(measure.id())
                        .put("count", summary.count())
                        .put("mean", summary.mean())
                        .put("median", summary.median())
                        .put("min", summary.min())
                        .put("max", summary.max());
            }
        }
        return node;
    }

    /** Money by currency: two currencies have no sum. */
    private static ArrayNode spent(List<Cell> cells) {
        Map<String, List<BigDecimal>> byCurrency = new TreeMap<>();
        for (Cell cell : cells) {
            cell.making()
                    .flatMap(CellMaking::cost)
                    .ifPresent(cost -> byCurrency
                            .computeIfAbsent(cost.currency(), currency -> new ArrayList<>())
                            .add(cost.amount()));
        }
        ArrayNode spent = NODES.arrayNode();
        byCurrency.forEach((currency, amounts) -> {
            BigDecimal total = amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
            BigDecimal mean = total.divide(BigDecimal.valueOf(amounts.size()), MathContext.DECIMAL32);
            spent.addObject()
                    .put("currency", currency)
                    .put("total", total.toPlainString())
                    .put("mean", mean.toPlainString())
                    .put("count", amounts.size());
        });
        return spent;
    }

    private ObjectNode cell(int column, Cell cell) throws IOException {
        ObjectNode node = NODES.objectNode();
        node.put("row", cell.row());
        node.put("generator", column);
        node.set("scores", CellJson.scores(cell.scores()));
        node.set("notes", CellJson.texts(cell.notes()));
        cell.reason().ifPresent(reason -> node.set("reason", CellJson.reason(reason)));
        if (cell.picture().isPresent()) {
            node.set("picture", picture(cell.picture().get()));
        }
        cell.making().ifPresent(making -> {
            node.set("effective", request(making.effectiveRequest()));
            node.set("warnings", CellJson.warnings(making.warnings()));
            node.put("attempts", making.attempts());
            node.put("cache", making.cache().name());
            making.cost().ifPresent(cost -> node.set("cost", CellJson.cost(cost)));
        });
        return node;
    }

    private ObjectNode picture(CellPicture picture) throws IOException {
        byte[] bytes = Files.readAllBytes(comparison.folder().resolve(picture.file()));
        ReportPicture shown = ReportPicture.of(bytes, picture.header().mediaType(), room);
        ObjectNode node = NODES.objectNode();
        node.put("source", shown.source());
        node.put("exact", shown.exact());
        node.put("file", picture.file());
        node.put("mediaType", picture.header().mediaType());
        node.put("width", picture.header().width());
        node.put("height", picture.header().height());
        node.put("bytes", picture.bytes());
        picture.seed().ifPresent(seed -> node.put("seed", Long.toString(seed)));
        picture.revisedPrompt().ifPresent(prompt -> node.put("revisedPrompt", prompt));
        ContentCredentials.of(bytes).ifPresent(claim -> node.put("credentials", claim.describe()));
        return node;
    }

    /** For each two generators the means over the rows that have both pictures. */
    private ArrayNode pairs() {
        ArrayNode array = NODES.arrayNode();
        List<Column> columns = comparison.columns();
        for (int i = 0; i < columns.size(); i++) {
            for (int j = i + 1; j < columns.size(); j++) {
                String left = columns.get(i).name();
                String right = columns.get(j).name();
                List<Map<String, Double>> scores = comparison.pairs().stream()
                        .filter(pair -> pair.left().equals(left) && pair.right().equals(right))
                        .map(Pair::scores)
                        .toList();
                ObjectNode node = array.addObject();
                node.put("left", i).put("right", j).put("rows", scores.size());
                node.set("summary", summaries(comparison.pairMeasures(), scores));
            }
        }
        return array;
    }
}
