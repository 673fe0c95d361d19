package dev.triptych.examples.sparkbatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.media.ImageHeader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In one JVM: two tasks at a time, three attempts each. */
class SparkBatchTest {

    private static final String LOCAL = "generators: { offline: { type: local } }";

    private static SparkSession spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws Exception {
        spark = Sessions.open("local[2,3]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void paintsATableWithTheBundledCheckpoint() throws Exception {
        Dataset<Row> requests = requests(
                "{\"prompt\": \"a red fox in the snow\", \"seed\": 1, \"steps\": 2}",
                "{\"prompt\": \"a castle on a hill\", \"seed\": 2, \"steps\": 2}");

        SparkBatch.write(SparkBatch.paint(requests.repartition(2), LOCAL, null, folder), folder);
        Map<Long, Row> first =
                bySeed(spark.read().parquet(folder.resolve("table").toString()));
        SparkBatch.write(
                SparkBatch.paint(requests.repartition(1), LOCAL, null, folder.resolve("again")),
                folder.resolve("again"));
        Map<Long, Row> again = bySeed(
                spark.read().parquet(folder.resolve("again").resolve("table").toString()));

        assertThat(first.keySet()).containsExactly(1L, 2L);
        first.values().forEach(row -> {
            assertThat(row.<String>getAs("state")).isEqualTo("painted");
            assertThat(row.<String>getAs("servedBy")).isEqualTo("offline");
            assertThat(folder.resolve(row.<String>getAs("path"))).exists();
        });
        assertThat(ImageHeader.read(Files.readAllBytes(
                                folder.resolve(rowOf(first, 1).<String>getAs("path"))))
                        .mediaType())
                .isEqualTo("image/png");
        assertThat(rowOf(again, 1).<String>getAs("sha256"))
                .as("partitions do not matter")
                .isEqualTo(rowOf(first, 1).<String>getAs("sha256"));
    }

    /** A second action runs the function again, and finds what the first one did. */
    @Test
    void paysOnceHoweverOftenSparkComputes() throws Exception {
        Dataset<Row> results = SparkBatch.paint(
                requests(prompt("one", 1), prompt("two", 2)).repartition(2), dying(), "studio", folder);

        assertThat(states(results)).containsExactly("painted", "painted");
        assertThat(states(results)).containsExactly("painted", "painted");

        assertThat(Files.readAllLines(bills())).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void saysThatALostAnswerMayHaveBeenBilled() throws Exception {
        Dataset<Row> results = SparkBatch.paint(requests(prompt("lose", 1)), dying(), "studio", folder);

        assertThat(states(results)).containsExactly("unknown");
        assertThat(states(results)).containsExactly("unknown");

        assertThat(Files.readAllLines(bills())).containsExactly("lose");
    }

    /** The first attempt pays and its task fails; the second one finds the claim and does not pay again. */
    @Test
    void doesNotPayAgainWhereATaskIsRetried() throws Exception {
        Dataset<Row> results =
                SparkBatch.paint(requests(prompt("fail", 1), prompt("two", 2)).coalesce(1), dying(), "studio", folder);

        assertThat(states(results)).containsExactlyInAnyOrder("unknown", "painted");
        assertThat(Files.readAllLines(bills())).containsExactlyInAnyOrder("fail", "two");
    }

    @Test
    void triesAgainWhereNothingWasSent() throws Exception {
        Dataset<Row> results = SparkBatch.paint(requests(prompt("refuse", 1)), dying(), "studio", folder);

        assertThat(states(results)).containsExactly("failed");
        assertThat(folder.resolve("claims")).isEmptyDirectory();
        assertThat(bills()).doesNotExist();
    }

    private static Row rowOf(Map<Long, Row> rows, long seed) {
        return Objects.requireNonNull(rows.get(seed));
    }

    private static Map<Long, Row> bySeed(Dataset<Row> table) {
        Map<Long, Row> rows = new TreeMap<>();
        table.collectAsList().forEach(row -> rows.put(row.<Long>getAs("seed"), row));
        return rows;
    }

    private static List<String> states(Dataset<Row> results) {
        List<String> states = new ArrayList<>();
        results.collectAsList().forEach(row -> states.add(row.<String>getAs("state")));
        return states;
    }

    private Path bills() {
        return folder.resolve("bills.txt");
    }

    private String dying() {
        return Sessions.dying(bills());
    }

    private Dataset<Row> requests(String... lines) throws Exception {
        return spark.read()
                .json(Files.write(folder.resolve("requests.json"), List.of(lines))
                        .toString());
    }

    private static String prompt(String prompt, long seed) {
        return "{\"prompt\": \"" + prompt + "\", \"seed\": " + seed + "}";
    }
}
