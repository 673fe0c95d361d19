package dev.triptych.examples.sparkbatch;

import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of the two tables. A table of requests has {@code prompt} and {@code seed}, and may have
 * {@code negativePrompt}, {@code size} ({@code "768x512"}), {@code steps} and {@code guidanceScale}; other columns are
 * left alone. The seed stands in the row, so that it does not matter which partition the row is in.
 */
final class PictureTable {

    /** The table of results, one row for each request. */
    static final StructType RESULTS = new StructType()
            .add("key", DataTypes.StringType, false)
            .add("state", DataTypes.StringType, false)
            .add("path", DataTypes.StringType, true)
            .add("sha256", DataTypes.StringType, true)
            .add("seed", DataTypes.LongType, true)
            .add("servedBy", DataTypes.StringType, true)
            .add("warnings", DataTypes.createArrayType(DataTypes.StringType, false), false)
            .add("error", DataTypes.StringType, true)
            .add("millis", DataTypes.LongType, false);

    private PictureTable() {}

    /**
     * The request of {@code row}.
     *
     * @throws IllegalArgumentException if it has no prompt or seed, or one that no provider could accept
     */
    static ImageRequest request(Row row) {
        ImageRequest.Builder request = ImageRequest.builder()
                .prompt(required(row, "prompt").toString())
                .seed(number(row, "seed").orElseThrow(() -> missing("seed")).longValue());
        value(row, "negativePrompt").ifPresent(text -> request.negativePrompt(text.toString()));
        value(row, "size").ifPresent(size -> request.size(ImageSize.parse(size.toString())));
        number(row, "steps").ifPresent(steps -> request.steps(steps.intValue()));
        number(row, "guidanceScale").ifPresent(scale -> request.guidanceScale(scale.doubleValue()));
        return request.build();
    }

    private static Object required(Row row, String column) {
        return value(row, column).orElseThrow(() -> missing(column));
    }

    private static IllegalArgumentException missing(String column) {
        return new IllegalArgumentException("every row must have a " + column + " but one has none");
    }

    private static Optional<Number> number(Row row, String column) {
        return value(row, column).map(found -> {
            if (found instanceof Number number) {
                return number;
            }
            throw new IllegalArgumentException("column " + column + " must hold numbers but holds "
                    + found.getClass().getSimpleName());
        });
    }

    private static Optional<Object> value(Row row, String column) {
        List<String> columns = Arrays.asList(row.schema().fieldNames());
        int index = columns.indexOf(column);
        return index < 0 ? Optional.empty() : Optional.ofNullable(row.get(index));
    }
}
