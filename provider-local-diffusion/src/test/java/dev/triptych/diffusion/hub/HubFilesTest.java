package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.triptych.AuthenticationException;
import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a hub does: afterwards there is the right file, or one that can be gone on with, never a wrong one. */
class HubFilesTest {

    static final String TOKEN = "hf_donottell";
    private static final int PIECE = 50_000;
    private static final HubName REPO = HubName.parse(FakeHub.REPO).orElseThrow();
    private static final HubName FILE =
            HubName.parse(FakeHub.REPO + "/big.safetensors").orElseThrow();
    private static final byte[] BIG = bytes(7 * PIECE + 123, 1);

    @TempDir
    Path temp;

    private final FakeHub hub = new FakeHub();
    private final List<Duration> pauses = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();

    @AfterEach
    void close() {
        hub.close();
    }

    static byte[] bytes(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private HubSettings settings() {
        Map<String, String> variables = new HashMap<>(environment);
        variables.putIfAbsent("HF_ENDPOINT", hub.endpoint());
        variables.putIfAbsent("HF_HUB_CACHE", temp.toString());
        variables.putIfAbsent("HF_TOKEN", TOKEN);
        return HubSettings.of(variables, () -> temp);
    }

    private HubFiles files() {
        return files(folder -> Long.MAX_VALUE);
    }

    private HubFiles files(Space space) {
        HubSettings settings = settings();
        Pause pause = (duration, context) -> {
            pauses.add(duration);
            context.checkActive("local", Outcome.NOT_SENT);
        };
        return new HubFiles(settings, () -> HubHttp.newClient(settings), pause, space, PIECE);
    }

    private Path pull(HubName name) {
        return files().pull(name, Optional.empty(), GenerationContext.create());
    }

    private Path blob(byte[] content) {
        return temp.resolve("models--owner--name/blobs").resolve(FakeHub.sha256(content));
    }

    private List<String> blobs() throws IOException {
        try (Stream<Path> blobs = Files.list(temp.resolve("models--owner--name/blobs"))) {
            return blobs.map(blob -> blob.getFileName().toString()).sorted().toList();
        }
    }

    /** The right file, under its name, and nothing that is still on its way. */
    private void assertWhole(Path file) throws IOException {
        assertThat(Files.readAllBytes(file)).isEqualTo(BIG);
        assertThat(blobs()).containsExactly(FakeHub.sha256(BIG));
    }

    private void checkpoint() {
        hub.file(
                        "model_index.json",
                        "{\"_class_name\": \"StableDiffusionPipeline\", \"unet\": [\"diffusers\", \"U\"], \"vae\":"
                                + " [\"diffusers\", \"V\"], \"text_encoder\": [\"transformers\", \"C\"], \"tokenizer\":"
                                + " [\"transformers\", \"T\"], \"scheduler\": [\"diffusers\", \"S\"],"
                                + " \"safety_checker\": [\"d\", \"S\"], \"feature_extractor\": [null, null]}")
                .file("README.md", "a page")
                .file("v1-5-pruned.safetensors", bytes(10, 9))
                .file("unet/config.json", "{}")
                .file("unet/diffusion_pytorch_model.safetensors", bytes(2 * PIECE, 2))
                .file("unet/diffusion_pytorch_model.fp16.safetensors", bytes(PIECE, 3))
                .file("unet/diffusion_pytorch_model.bin", bytes(99, 4))
                .file("vae/config.json", "{}")
                .file("vae/diffusion_pytorch_model.safetensors", bytes(999, 5))
                .file("text_encoder/config.json", "{\"a\": 1}")
                .file("text_encoder/model.safetensors", bytes(888, 6))
                .file("text_encoder/model.fp16.safetensors", bytes(444, 7))
                .file("text_encoder/modeling.py", "evil()")
                .file("tokenizer/vocab.json", "{}")
                .file("tokenizer/merges.txt", "")
                .file("scheduler/scheduler_config.json", "{}")
                .file("safety_checker/config.json", "{}")
                .file("safety_checker/model.safetensors", bytes(77, 8));
    }

    private static List<String> tree(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aCheckpointIsTheFilesThatItsIndexNames() throws IOException {
        checkpoint();

        Path folder = pull(REPO);

        assertThat(folder)
                .isEqualTo(temp.resolve("models--owner--name/snapshots").resolve(FakeHub.COMMIT));
        assertThat(tree(folder))
                .containsExactly(
                        "model_index.json",
                        "scheduler/scheduler_config.json",
                        "text_encoder/config.json",
                        "text_encoder/model.safetensors",
                        "tokenizer/merges.txt",
                        "tokenizer/vocab.json",
                        "unet/config.json",
                        "unet/diffusion_pytorch_model.safetensors",
                        "vae/config.json",
                        "vae/diffusion_pytorch_model.safetensors");
        assertThat(Files.readAllBytes(folder.resolve("unet/diffusion_pytorch_model.safetensors")))
                .isEqualTo(bytes(2 * PIECE, 2));
    }

    @Test
    void theCacheIsLaidOutAsPythonLaysItOut() throws IOException {
        checkpoint();

        Path folder = pull(REPO);

        Path repo = temp.resolve("models--owner--name");
        assertThat(Files.readString(repo.resolve("refs/main"))).isEqualTo(FakeHub.COMMIT);
        assertThat(Files.readSymbolicLink(folder.resolve("unet/config.json")).toString())
                .isEqualTo("../../../blobs/" + FakeHub.gitHash("{}".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertThat(RepoTree.read(
                                FakeHub.COMMIT,
                                Files.readAllBytes(repo.resolve("trees").resolve(FakeHub.COMMIT + ".json")))
                        .files())
                .hasSize(18);
        assertThat(temp.resolve("CACHEDIR.TAG")).content().startsWith("Signature: 8a477f597d28d172789f06886806bc55");
    }

    @Test
    void whatIsInTheCacheIsUsedWithoutARequest() {
        checkpoint();
        Path folder = pull(REPO);
        hub.forget();

        Path again = files().find(REPO, Optional.empty(), GenerationContext.create());
        Path pinned = files().find(REPO.at(FakeHub.COMMIT), Optional.empty(), GenerationContext.create());

        assertThat(again).isEqualTo(folder).isEqualTo(pinned);
        assertThat(hub.atHub()).isEmpty();
    }

    @Test
    void anIncompleteSnapshotIsNotTakenForAWholeOne() throws IOException {
        checkpoint();
        Path folder = pull(REPO);
        Files.delete(folder.resolve("tokenizer/merges.txt"));
        Files.delete(blob(bytes(999, 5)));

        assertThat(files().cached(REPO, Optional.empty())).isEmpty();
        pull(REPO);

        assertThat(files().cached(REPO, Optional.empty())).contains(folder);
    }

    @Test
    void aVariantIsTakenWhereItIsThere() throws IOException {
        checkpoint();

        Path folder = files().pull(REPO, Optional.of("fp16"), GenerationContext.create());

        assertThat(tree(folder))
                .contains(
                        "unet/diffusion_pytorch_model.fp16.safetensors",
                        "text_encoder/model.fp16.safetensors",
                        "vae/diffusion_pytorch_model.safetensors")
                .doesNotContain("unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors");
        assertThat(files().cached(REPO, Optional.empty())).contains(folder);
        assertThatThrownBy(() -> files().pull(REPO, Optional.of("int4"), GenerationContext.create()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("variant int4 must be one that the model has but no weights of it are there");
    }

    @Test
    void theTokenGoesToTheHubAlone() {
        hub.file("big.safetensors", BIG);

        pull(FILE);

        assertThat(hub.atHub()).allMatch(seen -> seen.token().equals(Optional.of("Bearer " + TOKEN)));
        assertThat(hub.atStorage()).isNotEmpty().allMatch(seen -> seen.token().isEmpty());
    }

    @Test
    void aRenamedRepositoryIsFollowedWithTheToken() throws IOException {
        hub.file("big.safetensors", BIG);
        hub.hubFault(exchange -> {
            String path = exchange.getRequestURI().toString();
            if (!path.contains("old/name")) {
                return false;
            }
            exchange.getResponseHeaders().set("Location", path.replace("old/name", FakeHub.REPO));
            exchange.sendResponseHeaders(307, -1);
            return true;
        });

        Path file = pull(HubName.parse("old/name/big.safetensors").orElseThrow());

        assertThat(Files.readAllBytes(file)).isEqualTo(BIG);
        assertThat(hub.atHub()).allMatch(seen -> seen.token().isPresent());
    }

    @Test
    void theSamePathOnAnotherPortGetsNoToken() {
        hub.hubFault(exchange -> {
            exchange.getResponseHeaders()
                    .set(
                            "Location",
                            hub.storageEndpoint() + exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(307, -1);
            return true;
        });

        assertThatThrownBy(() -> pull(FILE)).isInstanceOf(ImageGenerationException.class);

        assertThat(hub.atStorage()).allMatch(seen -> seen.token().isEmpty());
    }

    @Test
    void aLargeFileComesInRanges() throws IOException {
        hub.file("big.safetensors", BIG);

        assertWhole(pull(FILE));

        assertThat(hub.atStorage().stream().map(seen -> seen.range().orElseThrow()))
                .containsExactlyInAnyOrder(
                        "bytes=0-49999",
                        "bytes=50000-99999",
                        "bytes=100000-149999",
                        "bytes=150000-199999",
                        "bytes=200000-249999",
                        "bytes=250000-299999",
                        "bytes=300000-349999",
                        "bytes=350000-350122");
        assertThat(pauses).isEmpty();
    }

    @Test
    void anEmptyFileIsAFile() throws IOException {
        hub.file("big.safetensors", new byte[0]);

        assertThat(pull(FILE)).isEmptyFile();
    }

    @Test
    void aServerThatSendsTheWholeInsteadOfARangeIsReadFromTheBeginning() throws IOException {
        hub.file("big.safetensors", BIG);
        hub.storageFault(exchange -> {
            exchange.sendResponseHeaders(200, BIG.length);
            exchange.getResponseBody().write(BIG);
            return true;
        });

        assertWhole(pull(FILE));
    }

    @Test
    void aMirrorThatSendsARangeWithStatus200IsUnderstood() throws IOException {
        hub.file("big.safetensors", BIG);
        hub.storageFault(exchange -> {
            String[] ends =
                    exchange.getRequestHeaders().getFirst("Range").substring(6).split("-", -1);
            int from = Integer.parseInt(ends[0]);
            int to = Integer.parseInt(ends[1]);
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + BIG.length);
            exchange.sendResponseHeaders(200, to - from + 1);
            exchange.getResponseBody().write(BIG, from, to - from + 1);
            return true;
        });

        assertWhole(pull(FILE));
        assertThat(hub.atStorage()).hasSize(8);
    }

    @Test
    void anotherRangeThanTheOneAskedForIsNotWritten() throws IOException {
        hub.file("big.safetensors", BIG);
        hub.storageFault(exchange -> {
            if (exchange.getRequestHeaders().getFirst("Range") == null) {
                return false;
            }
            exchange.getResponseHeaders().set("Content-Range", "bytes 7-106/" + BIG.length);
            exchange.sendResponseHeaders(206, 100);
            exchange.getResponseBody().write(BIG, 7, 100);
            return true;
        });

        assertWhole(pull(FILE));
    }

    @Test
    void aRangeBeyondTheEndStartsAgainOnce() throws IOException {
        hub.file("big.safetensors", BIG);
        AtomicInteger refusals = new AtomicInteger();
        hub.storageFault(exchange -> {
            if (refusals.incrementAndGet() > 1) {
                return false;
            }
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + BIG.length);
            FakeHub.refuse(exchange, 416, "");
            return true;
        });

        assertWhole(pull(FILE));
    }

    @Test
    void aStorageWithAnotherLengthIsAnErrorThatSaysBoth() throws IOException {
        hub.file("big.safetensors", BIG);
        hub.storageFault(exchange -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes */12");
            FakeHub.refuse(exchange, 416, "");
            return true;
        });

        assertThatThrownBy(() -> pull(FILE))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("big.safetensors must have 350123 bytes but the server's has 12");
        assertThat(blobs()).isEmpty();
    }

    @Test
    void aWholeFileOfAnotherLengthIsRefusedBeforeItIsRead() throws IOException {
        hub.file("big.safetensors", bytes(100, 1));
        hub.storageFault(exchange -> {
            exchange.sendResponseHeaders(200, BIG.length);
            exchange.getResponseBody().write(BIG);
            return true;
        });

        assertThatThrownBy(() -> pull(FILE))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("big.safetensors must have 100 bytes but the server's has 350123");
        assertThat(blobs()).isEmpty();
    }

    @Test
    void aWrongContentIsThrownAwayAndFetchedOnceMore() throws IOException {
        hub.file("big.safetensors", BIG);
        byte[] wrong = BIG.clone();
        wrong[60_000]++;
        AtomicInteger sent = new AtomicInteger();
        hub.storageFault(exchange -> {
            hub.sendRange(exchange, sent.incrementAndGet() <= 8 ? wrong : BIG, BIG.length);
            return true;
        });

        assertWhole(pull(FILE));
        assertThat(sent).hasValue(16);
    }

    @Test
    void aContentThatStaysWrongIsAnErrorAndIsNotKept() throws IOException {
        hub.file("big.safetensors", BIG);
        byte[] wrong = BIG.clone();
        wrong[60_000]++;
        hub.storageFault(exchange -> {
            hub.sendRange(exchange, wrong, BIG.length);
            return true;
        });

        assertThatThrownBy(() -> pull(FILE))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("big.safetensors must have the hash " + FakeHub.sha256(BIG) + " but what "
                        + hub.endpoint().substring(7) + " sent, twice, has " + FakeHub.sha256(wrong)
                        + "; it was thrown away");
        assertThat(blobs()).isEmpty();
        assertThat(files().cached(FILE, Optional.empty())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void aConnectionThatIsCutIsGoneOnWithWhereItWasCut(int tenth) throws IOException {
        byte[] small = Arrays.copyOf(BIG, PIECE);
        hub.file("big.safetensors", small);
        int cut = PIECE * tenth / 10;
        AtomicInteger times = new AtomicInteger();
        hub.storageFault(exchange -> {
            if (times.incrementAndGet() > 1) {
                return false;
            }
            hub.sendRange(exchange, small, cut);
            return true;
        });

        assertThat(Files.readAllBytes(pull(FILE))).isEqualTo(small);
        assertThat(pauses).containsExactly(Duration.ofSeconds(1));
        assertThat(hub.atStorage()).hasSize(2);
    }

    @Test
    void everyConnectionIsCutAndStillTheFileIsRight() throws IOException {
        hub.file("big.safetensors", BIG);
        hub.storageFault(exchange -> {
            hub.sendRange(exchange, BIG, 20_000);
            return true;
        });

        assertWhole(pull(FILE));
    }

    @Test
    void whatCameIsKeptForTheNextRun() throws IOException {
        hub.file("big.safetensors", BIG);
        hub.storageFault(exchange -> {
            if (hub.sent() >= 100_000) {
                FakeHub.refuse(exchange, 503, "");
            } else {
                hub.sendRange(exchange, BIG, 30_000);
            }
            return true;
        });
        assertThatThrownBy(() -> pull(FILE))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageMatching("127.0.0.1:\\d+ could not send big.safetensors: the server answered 503; 1\\d\\d kB"
                        + " are kept, the next try goes on there");
        assertThat(blobs())
                .containsExactly(
                        FakeHub.sha256(BIG) + ".triptych.incomplete", FakeHub.sha256(BIG) + ".triptych.ranges");
        long kept = hub.sent();
        hub.forget();
        hub.storageFault(exchange -> false);

        assertWhole(pull(FILE));

        assertThat(hub.sent()).isLessThanOrEqualTo(BIG.length - kept + 100_000).isLessThan(BIG.length);
    }

    @Test
    void aPartThatIsAlreadyWholeIsCheckedAndNotAskedFor() throws IOException {
        hub.file("big.safetensors", BIG);
        Path blobs = Files.createDirectories(temp.resolve("models--owner--name/blobs"));
        try (PartFile part = PartFile.open(blobs, FakeHub.sha256(BIG), BIG.length, PIECE, "")) {
            for (int i = 0; i < part.pieces(); i++) {
                part.write(i, List.of(java.nio.ByteBuffer.wrap(BIG, (int) part.start(i), (int) part.length(i))));
            }
        }

        assertWhole(pull(FILE));
        assertThat(hub.atStorage()).isEmpty();
    }

    @Test
    void countersThatClaimMoreThanIsThereAreNotBelieved() throws IOException {
        hub.file("big.safetensors", BIG);
        Path blobs = Files.createDirectories(temp.resolve("models--owner--name/blobs"));
        try (PartFile part = PartFile.open(blobs, FakeHub.sha256(BIG), BIG.length, PIECE, "")) {
            part.write(3, List.of(java.nio.ByteBuffer.wrap(BIG, 150_000, 100)));
        }
        Files.write(blobs.resolve(FakeHub.sha256(BIG) + ".triptych.incomplete"), new byte[10]);

        assertWhole(pull(FILE));
    }

    @Test
    void anIncompleteFileOfPythonIsLeftAlone() throws IOException {
        hub.file("big.safetensors", BIG);
        Path blobs = Files.createDirectories(temp.resolve("models--owner--name/blobs"));
        Path theirs = Files.write(blobs.resolve(FakeHub.sha256(BIG) + ".incomplete"), bytes(50, 5));

        pull(FILE);

        assertThat(theirs).hasBinaryContent(bytes(50, 5));
    }

    @Test
    void anExpiredLinkIsAskedForAgain() throws IOException {
        hub.file("big.safetensors", BIG);
        AtomicInteger requests = new AtomicInteger();
        hub.storageFault(exchange -> {
            if (requests.incrementAndGet() == 3) {
                hub.expireLinks();
            }
            return false;
        });

        assertWhole(pull(FILE));

        assertThat(hub.atHub().stream().filter(seen -> seen.method().equals("HEAD")))
                .hasSizeGreaterThan(1);
    }

    @Test
    void aLinkThatIsNeverValidEndsInAnError() {
        hub.file("big.safetensors", BIG);
        hub.storageFault(exchange -> {
            FakeHub.refuse(exchange, 403, "");
            return true;
        });

        assertThatThrownBy(() -> pull(FILE))
                .isInstanceOf(AuthenticationException.class)
                .hasMessageContaining("does not give owner/name/big.safetensors@" + FakeHub.COMMIT);
    }

    @Test
    void aBusyHubIsAskedAgainWhenItWantsToBe() throws IOException {
        hub.file("big.safetensors", BIG);
        AtomicInteger requests = new AtomicInteger();
        hub.hubFault(exchange -> {
            switch (requests.incrementAndGet()) {
                case 1 -> {
                    exchange.getResponseHeaders().set("RateLimit", "\"api\";r=0;t=55");
                    exchange.getResponseHeaders().set("Retry-After", "7");
                    FakeHub.refuse(exchange, 429, "");
                }
                case 2 -> {
                    exchange.getResponseHeaders().set("Retry-After", "7");
                    FakeHub.refuse(exchange, 429, "");
                }
                case 3, 4 -> FakeHub.refuse(exchange, 502, "");
                default -> {
                    return false;
                }
            }
            return true;
        });

        assertWhole(pull(FILE));

        assertThat(pauses)
                .containsExactly(
                        Duration.ofSeconds(56), Duration.ofSeconds(7), Duration.ofSeconds(4), Duration.ofSeconds(8));
    }

    @Test
    void aHubThatStaysBusyIsARateLimit() {
        hub.hubFault(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "9");
            FakeHub.refuse(exchange, 429, "");
            return true;
        });

        Throwable error = catchThrowable(() -> pull(FILE));

        assertThat(error)
                .isInstanceOf(RateLimitedException.class)
                .hasMessageEndingWith(" was asked too often from here; try again later");
        assertThat(((RateLimitedException) error).retryAfter()).contains(Duration.ofSeconds(9));
        assertThat(pauses).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            401 | RepoNotFound     | ModelLoadException      | owner/name must be a model on HOST but is not, or this token may not see it (status 401)
            404 | RepoNotFound     | ModelLoadException      | owner/name must be a model on HOST but is not, or this token may not see it (status 404)
            401 |                  | ModelLoadException      | owner/name must be a model on HOST but is not, or this token may not see it (status 401)
            404 |                  | ModelLoadException      | owner/name must be a model on HOST but is not, or this token may not see it (status 404)
            401 | GatedRepo        | AuthenticationException | owner/name is gated: accept its terms at http://HOST/owner/name with the account that this token belongs to
            403 | GatedRepo        | AuthenticationException | owner/name is gated: accept its terms at http://HOST/owner/name with the account that this token belongs to
            404 | RevisionNotFound | ModelLoadException      | revision main must be one of owner/name on HOST but is not
            403 |                  | AuthenticationException | HOST does not give owner/name/big.safetensors to the owner of this token
            500 |                  | ProviderUnavailableException | HOST could not answer for owner/name/big.safetensors: status 500
            418 |                  | ProviderUnavailableException | HOST could not answer for owner/name/big.safetensors: status 418
            """)
    void aRefusalIsOneClearSentence(int status, String code, String type, String message) {
        hub.hubFault(exchange -> {
            FakeHub.refuse(exchange, status, code == null ? "" : code);
            return true;
        });

        assertThatThrownBy(() -> pull(FILE))
                .hasMessage(message.replace("HOST", hub.endpoint().substring(7)))
                .extracting(error -> error.getClass().getSimpleName())
                .isEqualTo(type);
    }

    @Test
    void withoutATokenAGatedModelSaysHowToGetIt() {
        environment.put("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        hub.hubFault(exchange -> {
            FakeHub.refuse(exchange, 401, "GatedRepo");
            return true;
        });

        assertThatThrownBy(() -> pull(REPO))
                .isInstanceOf(AuthenticationException.class)
                .hasMessage("owner/name is gated: accept its terms at " + hub.endpoint()
                        + "/owner/name, then set HF_TOKEN to a token of that account");
        assertThat(hub.atHub()).allMatch(seen -> seen.token().isEmpty());
    }

    @Test
    void aRefusedTokenIsNamedByItsPlaceAndNeverShown() {
        hub.hubFault(exchange -> {
            exchange.getResponseHeaders()
                    .set("X-Error-Message", "Invalid credentials in Authorization header: " + TOKEN);
            FakeHub.refuse(exchange, 401, "");
            return true;
        });

        assertThatThrownBy(() -> pull(REPO))
                .isInstanceOf(AuthenticationException.class)
                .hasMessage("the token of HF_TOKEN must be one that "
                        + hub.endpoint().substring(7) + " knows but is not");
    }

    @Test
    void aServersOwnWordsAreToldWithoutTheToken() {
        hub.hubFault(exchange -> {
            exchange.getResponseHeaders().set("X-Error-Message", "no entry for " + TOKEN);
            FakeHub.refuse(exchange, 403, "");
            return true;
        });

        assertThatThrownBy(() -> pull(REPO)).hasMessageEndingWith("to the owner of this token: no entry for (token)");
        assertThat(settings().toString()).doesNotContain(TOKEN);
    }

    @Test
    void aFileThatIsNotThereIsNamedAndItsAbsenceKept() {
        hub.file("big.safetensors", BIG);
        HubName other = HubName.parse("owner/name/small.safetensors").orElseThrow();

        assertThatThrownBy(() -> pull(other))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("small.safetensors must be a file or folder of owner/name but is not at commit "
                        + FakeHub.COMMIT);
        assertThat(temp.resolve("models--owner--name/.no_exist")
                        .resolve(FakeHub.COMMIT)
                        .resolve("small.safetensors"))
                .isEmptyFile();
    }

    @Test
    void aRepositoryOfSeveralFilesAsksWhichIsMeant() {
        hub.file("a.safetensors", "a").file("b.gguf", "b").file("README.md", "");

        assertThatThrownBy(() -> pull(REPO))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("owner/name must have a model_index.json or a config.json, or one file of weights, but has"
                        + " several: name one, as owner/name/a.safetensors; there are a.safetensors, b.gguf");
    }

    @Test
    void aLoraIsItsFileAndAFolderAPart() throws IOException {
        hub.file("pytorch_lora_weights.safetensors", "lora").file("other.safetensors", "other");
        hub.file("vae/config.json", "{}").file("vae/diffusion_pytorch_model.safetensors", "vae");

        assertThat(pull(REPO)).hasContent("lora");
        Path vae = pull(HubName.parse("owner/name/vae").orElseThrow());

        assertThat(tree(vae)).containsExactly("config.json", "diffusion_pytorch_model.safetensors");
    }

    @Test
    void aListThatLeadsOutOfTheFolderIsRefused() {
        hub.file("../../evil.safetensors", BIG);

        assertThatThrownBy(() -> pull(REPO))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("lists the files of owner/name wrongly");
        assertThat(temp.resolve("models--owner--name/snapshots")).doesNotExist();
    }

    @Test
    void aServerThatIsNoHubIsNamed() {
        hub.hubFault(exchange -> {
            FakeHub.json(exchange, "<html>a captive portal</html>");
            return true;
        });

        assertThatThrownBy(() -> pull(REPO))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(hub.endpoint() + " must be a Hugging Face hub but answers for owner/name with what is no"
                        + " JSON (HF_ENDPOINT, a proxy?)");
    }

    @Test
    void offlineMakesNoRequest() {
        hub.file("big.safetensors", BIG);
        environment.put("HF_HUB_OFFLINE", "1");

        assertThatThrownBy(() -> pull(FILE))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("owner/name/big.safetensors must be in the cache, " + temp
                        + ", because HF_HUB_OFFLINE is set, but is not, or not all of it");
        environment.remove("HF_HUB_OFFLINE");
        Path file = pull(FILE);
        hub.forget();
        environment.put("HF_HUB_OFFLINE", "1");

        assertThat(pull(FILE)).isEqualTo(file);
        assertThat(hub.atHub()).isEmpty();
    }

    @Test
    void aHubThatIsAwayLeavesTheCopyInTheCache() {
        hub.file("big.safetensors", BIG);
        Path file = pull(FILE);
        hub.hubFault(exchange -> {
            FakeHub.refuse(exchange, 503, "");
            return true;
        });

        assertThat(pull(FILE)).isEqualTo(file);
    }

    @Test
    void tooLittleRoomIsSaidBeforeAnythingIsFetched() {
        hub.file("big.safetensors", BIG);

        assertThatThrownBy(() -> files(folder -> 100_000).pull(FILE, Optional.empty(), GenerationContext.create()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("owner/name/big.safetensors needs 351 kB in " + temp.resolve("models--owner--name/blobs")
                        + " but 100 kB are free there");
        assertThat(hub.atStorage()).isEmpty();
    }

    @Test
    void withoutLinksSnapshotsHoldTheFiles() throws IOException {
        environment.put("HF_HUB_DISABLE_SYMLINKS", "true");
        hub.file("big.safetensors", BIG).file("copy.safetensors", BIG);

        Path file = pull(FILE);
        Path copy = pull(HubName.parse("owner/name/copy.safetensors").orElseThrow());

        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(file).hasBinaryContent(BIG);
        assertThat(copy).hasBinaryContent(BIG);
        assertThat(blobs()).isEmpty();
    }

    @Test
    void eventsTellTheBytesOfEachFile() {
        hub.file("big.safetensors", BIG);
        List<GenerationEvent.Downloading> events = new ArrayList<>();

        files().pull(
                        FILE,
                        Optional.empty(),
                        GenerationContext.builder()
                                .listener(event -> events.add((GenerationEvent.Downloading) event))
                                .build());

        assertThat(events)
                .allMatch(event -> event.what().equals("big.safetensors") && event.totalBytes() == BIG.length);
        assertThat(events.stream().map(GenerationEvent.Downloading::doneBytes)).isSorted();
        assertThat(events.get(0).doneBytes()).isZero();
        assertThat(events.get(events.size() - 1).doneBytes()).isEqualTo(BIG.length);
    }

    @Test
    void aCancelledDownloadStopsAndIsGoneOnWith() throws IOException {
        hub.file("big.safetensors", BIG);
        CountDownLatch end = new CountDownLatch(1);
        hub.storageFault(exchange -> {
            hub.sendRange(exchange, BIG, 30_000);
            await(end); // a connection that stands still
            return true;
        });
        Cancellation cancellation = new Cancellation();
        GenerationContext context = GenerationContext.builder()
                .cancellation(cancellation)
                .listener(event -> {
                    if (((GenerationEvent.Downloading) event).doneBytes() >= 30_000) {
                        cancellation.cancel();
                    }
                })
                .build();

        assertThatThrownBy(() -> files().pull(FILE, Optional.empty(), context))
                .isInstanceOf(GenerationCancelledException.class);
        end.countDown();

        assertThat(blobs()).contains(FakeHub.sha256(BIG) + ".triptych.incomplete");
        hub.storageFault(exchange -> false);
        hub.forget();
        assertWhole(pull(FILE));
        assertThat(hub.sent()).isLessThanOrEqualTo(BIG.length - 30_000);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
