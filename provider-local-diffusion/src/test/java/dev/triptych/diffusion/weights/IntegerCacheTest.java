package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IntegerCacheTest {

    private static final Instant NOW = Instant.parse("2026-12-01T00:00:00Z");

    @TempDir
    Path folder;

    /** Matrices called {@code w…} become integers, {@code s…} are stored so, {@code h…} in halves. */
    private static final IntegerRule RULE = new IntegerRule() {
        @Override
        public String id() {
            return "test";
        }

        @Override
        public Optional<Plan> plan(String name, List<Long> dims) {
            return switch (name.charAt(0)) {
                case 'w' -> Optional.of(Plan.whole(IntegerWeight.Use.PRODUCT, dims));
                case 's' -> Optional.of(Plan.whole(IntegerWeight.Use.STORED, dims));
                case 'h' -> Optional.of(new Plan(IntegerWeight.Use.PRODUCT, List.of(1L, dims.get(0) - 1)));
                default -> Optional.empty();
            };
        }
    };

    @Test
    void eachRowHasAScaleAndIsAColumn() {
        IntegerWeight integers = integers(weight("w", new float[] {127, -63.5f, 1, 0, 0, 0, 0.5f, 1.5f, 254}, 3, 3));

        assertThat(integers.dims()).containsExactly(3L, 3L);
        IntegerWeight.Piece all = integers.pieces().get(0);
        assertThat(all.scales().values()).containsExactly(1, 1, 2);
        assertThat(all.codes().dims()).containsExactly(3L, 3L);
        // Halves go to the even neighbour; 0.5 / 2 and 1.5 / 2 are no halves.
        assertThat(codes(all)).containsExactly(127, 0, 0, -64, 0, 1, 1, 0, 127);
        assertThat(integers.values()[1]).isEqualTo(-63.5f);
        assertThat(integers.computedBytes()).isEqualTo(9 + 12);
    }

    @Test
    void kernelsLiePixelByPixel() {
        float[] kernel = {127, 1, 2, 3, 4, 5, 6, 7}; // two channels of 2 × 2
        IntegerWeight integers = integers(weight("w", kernel, 1, 2, 2, 2));

        assertThat(integers.pieces().get(0).codes().dims()).containsExactly(8L, 1L);
        assertThat(codes(integers.pieces().get(0))).containsExactly(127, 4, 1, 5, 2, 6, 3, 7);
    }

    @Test
    void whatIsStoredAloneKeepsItsRows() {
        IntegerWeight integers = integers(weight("s", new float[] {127, 1, 2, 3, 4, 127}, 2, 3));

        assertThat(codes(integers.pieces().get(0))).containsExactly(127, 1, 2, 3, 4, 127);
    }

    @Test
    void wholePiecesAreAskedForInIntegers() {
        IntegerWeight integers = integers(weight("h", new float[] {127, 1, 127, 2, 127, 3}, 3, 2));

        assertThat(integers.rows(0, 1)).isInstanceOfSatisfying(IntegerWeight.class, first -> {
            assertThat(first.dims()).containsExactly(1L, 2L);
            assertThat(codes(first.pieces().get(0))).containsExactly(127, 1);
        });
        assertThat(integers.rows(1, 2)).isInstanceOf(IntegerWeight.class);
        assertThat(integers.rows(0, 2)).isNotInstanceOf(IntegerWeight.class);
        assertThat(integers.rows(0, 2).values()).containsExactly(127, 1, 127, 2);
    }

    @Test
    void filesAreMadeOnceAndDamagedOnesAgain() throws IOException {
        Weight weight = weight("w", new float[] {127, 1}, 1, 2);
        integers(weight);
        Path file = files().get(0);
        Files.setLastModifiedTime(file, FileTime.from(NOW.minusSeconds(9)));
        Object key = Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();

        integers(weight);
        assertThat(Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                        .fileKey())
                .isEqualTo(key);
        assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(NOW);

        byte[] half = java.util.Arrays.copyOf(Files.readAllBytes(file), 50);
        Files.write(file, half);
        assertThat(codes(integers(weight).pieces().get(0))).containsExactly(127, 1);
        assertThat(files()).containsExactly(file);
    }

    @Test
    void whatAnAdapterChangedHasAFileOfItsOwn() throws IOException {
        Weights plain = weights(weight("w1", new float[] {127, 1}, 1, 2), weight("w2", new float[] {127, 2}, 1, 2));
        Weights patched =
                plain.overlaid(Weights.of(Map.of("w2", weight("w2", new float[] {127, 9}, 1, 2)), "test", "patch"));
        IntegerCache cache = cache();

        Weights integers = cache.over(patched, RULE);
        assertThat(codes(piece(integers, "w1"))).containsExactly(127, 1);
        assertThat(codes(piece(integers, "w2"))).containsExactly(127, 9);
        assertThat(files()).hasSize(2);

        assertThat(codes(piece(cache.over(plain, RULE), "w2"))).containsExactly(127, 2);
        assertThat(files()).hasSize(2);
    }

    @Test
    void whatDiedWhileItWasWrittenAndWhatIsNotUsedGoes() throws IOException {
        Path abandoned = Files.createFile(folder.resolve(".dead.part"));
        Files.setLastModifiedTime(abandoned, FileTime.from(NOW.minusSeconds(100_000)));
        Path young = Files.createFile(folder.resolve(".young.part"));
        Files.setLastModifiedTime(young, FileTime.from(NOW.minusSeconds(100)));
        for (int i = 0; i < 17; i++) {
            Path old = Files.createFile(folder.resolve(i + ".safetensors"));
            Files.setLastModifiedTime(old, FileTime.from(NOW.minusSeconds(1000 - i)));
        }

        integers(weight("w", new float[] {127, 1}, 1, 2));

        assertThat(abandoned).doesNotExist();
        assertThat(young).exists();
        assertThat(folder.resolve("1.safetensors")).doesNotExist();
        assertThat(folder.resolve("2.safetensors")).exists();
        assertThat(files()).hasSize(16);
    }

    @Test
    void aNumberThatIsNoneIsNamed() throws IOException {
        Weight weight = weight("w", new float[] {1, Float.NaN}, 1, 2);

        assertThatThrownBy(() -> integers(weight))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("a test: tensor w must hold finite numbers but holds NaN or an infinity");
        assertThat(files()).isEmpty();
    }

    private IntegerCache cache() {
        return new IntegerCache(folder, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private IntegerWeight integers(Weight weight) {
        Weights integers = cache().over(weights(weight), RULE);
        return (IntegerWeight) integers.tensor(weight.name()).orElseThrow();
    }

    private static IntegerWeight.Piece piece(Weights weights, String name) {
        return ((IntegerWeight) weights.tensor(name).orElseThrow()).pieces().get(0);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
        }
    }

    private static Weights weights(Weight... weights) {
        Map<String, Weight> byName = new java.util.LinkedHashMap<>();
        for (Weight weight : weights) {
            byName.put(weight.name(), weight);
        }
        return Weights.of(byName, "/test", "identity of a test");
    }

    private static Weight weight(String name, float[] values, long... dims) {
        return new MemoryWeight(name, Weight.list(dims), "a test", name, values::clone);
    }

    private static int[] codes(IntegerWeight.Piece piece) {
        FileWeight codes = piece.codes();
        ByteBuffer bytes = SafetensorsFile.read(codes.file(), codes.name(), codes.offset(), (int) codes.length());
        int[] numbers = new int[bytes.remaining()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = bytes.get(i);
        }
        return numbers;
    }
}
