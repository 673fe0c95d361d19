package dev.triptych.examples.sparkbatch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Paints a table of requests on a Spark cluster: {@code SparkBatch REQUESTS.json FOLDER [triptych.yaml [GENERATOR]]}.
 *
 * <p>{@code FOLDER} must be one that all executors see. Its {@code table} is the result, as Parquet; the pictures are
 * beside it. Run it again, and what was painted is found again.
 */
public final class SparkBatch {

    private static final String BUILT_IN = "generators: { offline: { type: local } }";

    private SparkBatch() {}

    /** Reads JSON lines of requests and paints them. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2) {
            throw new IllegalArgumentException("arguments must be REQUESTS.json FOLDER [triptych.yaml [GENERATOR]] but"
                    + " were " + arguments.length);
        }
        String yaml = arguments.length > 2 ? Files.readString(Path.of(arguments[2])) : BUILT_IN;
        String generator = arguments.length > 3 ? arguments[3] : null;
        try (SparkSession spark =
                SparkSession.builder().appName("triptych-batch").getOrCreate()) {
            Dataset<Row> requests = spark.read().json(arguments[0]);
            write(paint(requests, yaml, generator, Path.of(arguments[1])), Path.of(arguments[1]));
        }
    }

    /** The results of {@code requests}, painted when Spark needs them. */
    static Dataset<Row> paint(Dataset<Row> requests, String yaml, @Nullable String generator, Path folder) {
        return requests.mapPartitions(
                new PaintRows(yaml, generator, folder.toAbsolutePath().toString()), Encoders.row(PictureTable.RESULTS));
    }

    /** Writes {@code results} as Parquet, in place of those of an earlier run. */
    static void write(Dataset<Row> results, Path folder) {
        results.write().mode(SaveMode.Overwrite).parquet(folder.resolve("table").toString());
    }
}
