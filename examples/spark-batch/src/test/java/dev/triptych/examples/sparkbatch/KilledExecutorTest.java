package dev.triptych.examples.sparkbatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real executors, one of which is killed right after a call was billed. */
class KilledExecutorTest {

    @Test
    void paysNothingTwice(@TempDir Path folder) throws Exception {
        assumeTrue(
                Boolean.getBoolean("triptych.spark.kill"),
                "needs -Plong (-Dtriptych.spark.kill=true): it starts executors of their own, which takes a minute");
        Path bills = folder.resolve("bills.txt");
        Path requests = Files.write(
                folder.resolve("requests.json"),
                List.of(
                        "{\"prompt\": \"one\", \"seed\": 1}",
                        "{\"prompt\": \"die\", \"seed\": 2}",
                        "{\"prompt\": \"three\", \"seed\": 3}"));
        Map<String, Long> states = new TreeMap<>();

        try (SparkSession spark = Sessions.open("local-cluster[1,1,512]")) {
            Dataset<Row> table = spark.read().json(requests.toString()).coalesce(1);
            SparkBatch.write(SparkBatch.paint(table, Sessions.dying(bills), "studio", folder), folder);
            spark.read()
                    .parquet(folder.resolve("table").toString())
                    .collectAsList()
                    .forEach(row -> states.merge(row.<String>getAs("state"), 1L, Long::sum));
        }

        assertThat(states).containsExactly(Map.entry("painted", 2L), Map.entry("unknown", 1L));
        assertThat(Files.readAllLines(bills)).containsExactly("one", "die", "three");
    }
}
