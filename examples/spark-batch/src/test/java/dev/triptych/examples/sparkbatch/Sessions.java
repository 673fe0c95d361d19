package dev.triptych.examples.sparkbatch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Sessions for tests: no page, no network beyond this machine. */
final class Sessions {

    private Sessions() {}

    static SparkSession open(String master) throws IOException {
        // What starts an executor wants a folder of jars; ours are on its class path already.
        Files.createDirectories(Path.of("target", "spark-home", "jars"));
        return SparkSession.builder()
                .master(master)
                .appName("triptych-test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.executor.memory", "512m")
                .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .getOrCreate();
    }

    /** A configuration with the paid generator {@code studio}, whose calls are written to {@code bills}. */
    static String dying(Path bills) {
        return "{ generators: { studio: { type: dying, bills: \"" + bills
                + "\", retry: off, circuit-breaker: off, cache: off } }, cache: { memory: 0 } }";
    }
}
