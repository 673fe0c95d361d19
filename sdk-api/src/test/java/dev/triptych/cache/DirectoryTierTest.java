package dev.triptych.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.internal.Sha256;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTierTest {

    private static final CacheKey KEY = key("one");

    @TempDir
    private Path root;

    private DirectoryTier tier(long maxBytes, Clock clock) {
        return new DirectoryTier(root, maxBytes, clock, DurableFiles.system());
    }

    private DirectoryTier tier() {
        return tier(1 << 20, Clock.systemUTC());
    }

    static CacheKey key(String name) {
        return new CacheKey(Sha256.hex(name.getBytes(StandardCharsets.UTF_8)));
    }

    static StoredEntry entry(String... blobs) {
        return new StoredEntry(
                "about them",
                Stream.of(blobs)
                        .map(blob -> blob.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    /** The pictures as texts, held against their names as the real decoder does. */
    static Optional<List<String>> texts(EntryHead head, List<byte[]> blobs) {
        for (int i = 0; i < blobs.size(); i++) {
            if (!Sha256.hex(blobs.get(i)).equals(head.blobs().get(i).sha256())) {
                return Optional.empty();
            }
        }
        return Optional.of(blobs.stream()
                .map(blob -> new String(blob, StandardCharsets.UTF_8))
                .toList());
    }

    private static Optional<List<String>> read(DirectoryTier tier, CacheKey key) throws IOException {
        return tier.get(key, DirectoryTierTest::texts);
    }

    private List<Path> filesIn(String part) throws IOException {
        try (Stream<Path> all = Files.walk(root.resolve(part))) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void leavesAloneWhatIsNotItsOwn() throws IOException {
        tier().put(KEY, entry("red"));
        Path shard = root.resolve("index").resolve(KEY.hex().substring(0, 2));
        String otherHash = (KEY.hex().startsWith("a") ? "b" : "a").repeat(64);
        List<Path> stray = List.of(
                root.resolve(".DS_Store"),
                root.resolve("index/.DS_Store"),
                root.resolve("index/notes.txt"),
                root.resolve("blobs/.DS_Store"),
                root.resolve("aside/mine.part"),
                shard.resolve(".DS_Store"),
                shard.resolve("Thumbs.db"),
                shard.resolve(otherHash));
        for (Path file : stray) {
            Files.writeString(file, "mine");
        }
        Files.createDirectories(shard.resolve("folder"));
        Files.createDirectories(root.resolve("blobs/folder"));
        Files.createDirectories(shard.resolve(KEY.hex().substring(0, 2) + "0".repeat(62)));
        DirectoryTier later = tier(1 << 20, Clock.offset(Clock.systemUTC(), Duration.ofDays(1)));

        assertThat(later.sweep().size().entries()).isEqualTo(1);
        assertThat(later.sweep().verify()).isEqualTo(new DirectorySweep.Verified(1, 0, 0));
        assertThat(read(later, KEY)).contains(List.of("red"));
        tier(0, Clock.offset(Clock.systemUTC(), Duration.ofDays(1))).put(key("two"), entry("blue"));
        later.sweep().clear();

        assertThat(stray).allSatisfy(file -> assertThat(file).hasContent("mine"));
        assertThat(later.sweep().size().entries()).isZero();
    }

    @Test
    void givesBackWhatWasPut() throws IOException {
        tier().put(KEY, entry("red", "blue"));

        assertThat(read(tier(), KEY)).contains(List.of("red", "blue"));
        assertThat(read(tier(), key("two"))).isEmpty();
    }

    @Test
    void keepsEqualPicturesOnce() throws IOException {
        tier().put(KEY, entry("red", "red"));
        tier().put(key("two"), entry("red"));

        assertThat(filesIn("blobs")).hasSize(1);
        assertThat(filesIn("aside")).isEmpty();
    }

    @Test
    void isForItsOwnerAlone() throws IOException {
        tier().put(KEY, entry("red"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("blobs"))))
                .isEqualTo("rwx------");
    }

    @Test
    void missesAndRemovesAnEntryWhereverItWasAltered() throws IOException {
        tier().put(KEY, entry("red"));
        Path index = filesIn("index").get(0);
        byte[] head = Files.readAllBytes(index);
        for (int at = 0; at < head.length; at++) {
            byte[] altered = head.clone();
            altered[at] ^= 1;
            Files.write(index, altered);

            assertThat(read(tier(), KEY)).as("altered at byte %s", at).isEmpty();
            assertThat(index).doesNotExist();
        }
    }

    @Test
    void missesAndRemovesAnEntryWhereverItWasTorn() throws IOException {
        tier().put(KEY, entry("red"));
        Path index = filesIn("index").get(0);
        byte[] head = Files.readAllBytes(index);
        for (int length = 0; length < head.length; length++) {
            Files.write(index, Arrays.copyOf(head, length));

            assertThat(read(tier(), KEY)).as("torn after %s bytes", length).isEmpty();
            assertThat(index).doesNotExist();
        }
    }

    @Test
    void missesAndRemovesAPictureThatIsNotWhatItsNameSays() throws IOException {
        tier().put(KEY, entry("red"));
        Path blob = filesIn("blobs").get(0);
        Files.writeString(blob, "rot");

        assertThat(read(tier(), KEY)).isEmpty();
        assertThat(blob).doesNotExist();

        tier().put(KEY, entry("red"));
        assertThat(read(tier(), KEY)).contains(List.of("red"));
    }

    @Test
    void missesAnEntryUnderAnotherName() throws IOException {
        tier().put(KEY, entry("red"));
        Path index = filesIn("index").get(0);
        DirectoryLayout layout = new DirectoryLayout(root);
        Files.createDirectories(layout.index(key("two")).getParent());
        Files.move(index, layout.index(key("two")));

        assertThat(read(tier(), key("two"))).isEmpty();
    }

    @Test
    void removesWhatWasUsedLongestAgo() throws IOException {
        Instant start = Instant.now();
        String kilobyte = "x".repeat(1000);
        for (int i = 0; i < 10; i++) {
            tier(1 << 20, at(start.plusSeconds(i))).put(key("k" + i), entry(i + kilobyte));
        }
        assertThat(read(tier(1 << 20, at(start.plusSeconds(60))), key("k0"))).isPresent();

        tier(8_000, at(start.plusSeconds(61))).put(key("last"), entry("last" + kilobyte));

        assertThat(read(tier(), key("k0"))).isPresent();
        assertThat(read(tier(), key("last"))).isPresent();
        assertThat(read(tier(), key("k1"))).isEmpty();
        assertThat(read(tier(), key("k2"))).isEmpty();
        assertThat(tier().sweep().size().bytes()).isLessThanOrEqualTo(8_000);
    }

    @Test
    void staysNearItsSizeHoweverMuchIsPut() throws IOException {
        DirectoryTier tier = tier(20_000, Clock.systemUTC());
        for (int i = 0; i < 50; i++) {
            tier.put(key("k" + i), entry(i + "x".repeat(1000)));
        }

        assertThat(tier.sweep().size().bytes()).isBetween(10_000L, 20_000L + 20_000L / 8 + 1_500);
        assertThat(read(tier, key("k49"))).isPresent();
    }

    @Test
    void leavesPicturesAloneThatAnEntryMayStillName() throws IOException {
        tier().put(KEY, entry("red"));
        Files.delete(filesIn("index").get(0));

        tier().sweep().evict(1 << 20);
        assertThat(filesIn("blobs")).hasSize(1);

        tier(1 << 20, at(Instant.now().plus(Duration.ofMinutes(11)))).sweep().evict(1 << 20);
        assertThat(filesIn("blobs")).isEmpty();
    }

    @Test
    void verifiesEveryByte() throws IOException {
        for (int i = 0; i < 4; i++) {
            tier().put(key("k" + i), entry("picture " + i));
        }
        DirectoryLayout layout = new DirectoryLayout(root);
        Files.writeString(layout.blob(Sha256.hex("picture 1".getBytes(StandardCharsets.UTF_8))), "picture X");
        Files.writeString(layout.index(key("k2")), "torn");

        assertThat(tier().sweep().verify()).isEqualTo(new DirectorySweep.Verified(2, 2, 1));
        assertThat(tier().sweep().verify()).isEqualTo(new DirectorySweep.Verified(2, 0, 0));
    }

    private static Clock at(Instant instant) {
        return Clock.fixed(instant, ZoneOffset.UTC);
    }
}
