package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ResultJsonTest {

    private static final ImageInput INPUT = ImageInput.of(TestPictures.png(4, 4, Color.RED));

    private static ImageResult everything() {
        Map<String, Duration> durations = new LinkedHashMap<>();
        durations.put("load", Duration.ofSeconds(100));
        durations.put("denoise", Duration.ofNanos(1_250_000_001));
        GeneratorInfo studio = new GeneratorInfo("studio", "openai", "gpt-image-1", "", false);
        GeneratorInfo offline = new GeneratorInfo("offline", "local", "bundled", "r1", true);
        ErrorOrigin origin = ErrorOrigin.of("openai", Outcome.UNKNOWN)
                .withRequestId("r-7")
                .withHttpStatus(503)
                .withRetryAfter(Duration.ofMillis(1500));
        return new ImageResult(
                List.of(
                        GeneratedImage.of(TestPictures.png(8, 6, Color.BLUE))
                                .withSeed(Long.MAX_VALUE)
                                .withRevisedPrompt("a café, 雪")
                                .withImageId("id"),
                        GeneratedImage.of(TestPictures.png(6, 8, Color.GREEN))),
                List.of(new ImageFailure(
                        2, new ContentRejectedException("refused", ErrorOrigin.of("openai", Outcome.REJECTED)))),
                List.of(GenerationWarning.truncated("prompt", "was cut"), GenerationWarning.notice("size", "is 8x6")),
                Optional.of(new Usage(OptionalLong.of(12), OptionalLong.empty(), OptionalLong.of(4_000_000_000L))),
                Optional.of(new Cost(new BigDecimal("0.040"), "USD", "price list")),
                new ExecutionRecord(
                        offline,
                        "request-1",
                        ImageRequest.builder()
                                .prompt("a fox")
                                .input(INPUT)
                                .strength(0.5)
                                .count(3)
                                .build(),
                        2,
                        CacheStatus.MISS,
                        List.of(new ExecutionRecord.PassedOver(
                                studio, new ProviderUnavailableException("no answer", origin))),
                        durations,
                        Duration.ofSeconds(101)));
    }

    private static ImageResult parse(String json) {
        return ResultJson.parse(json, sha256 -> sha256.equals(INPUT.sha256()) ? INPUT : null);
    }

    @Test
    void readsBackWhatItWrote() {
        ImageResult read = parse(ResultJson.write(everything()));

        assertThat(read)
                .usingRecursiveComparison()
                .ignoringFieldsOfTypes(StackTraceElement[].class, ImageGenerationException.class)
                .isEqualTo(everything());
        assertThat(read.image().seed()).hasValue(Long.MAX_VALUE);
        assertThat(read.cost().orElseThrow().amount()).isEqualTo(new BigDecimal("0.040"));
        assertThat(read.execution().durations().keySet()).containsExactly("load", "denoise");
        ImageGenerationException passed = read.execution().passedOver().get(0).reason();
        assertThat(passed).isInstanceOf(ProviderUnavailableException.class).hasMessage("no answer");
        assertThat(passed.origin())
                .isEqualTo(everything().execution().passedOver().get(0).reason().origin());
        assertThat(read.failures().get(0).error()).isInstanceOf(ContentRejectedException.class);
    }

    @Test
    void writesTheDocumentedForm() {
        String json = ResultJson.write(ImageResult.of(
                List.of(GeneratedImage.of(TestPictures.png(8, 6, Color.BLUE)).withSeed(7)),
                List.of(),
                new ExecutionRecord(
                        new GeneratorInfo("a", "faulty", "tiny", "1", true),
                        "id",
                        ImageRequest.of("a fox"),
                        1,
                        CacheStatus.BYPASS,
                        List.of(),
                        Map.of("denoise", Duration.ofMillis(1250)),
                        Duration.ofSeconds(2))));

        assertThat(json.replaceAll("\"sha256\":\"[0-9a-f]{64}\"", "\"sha256\":\"…\"")
                        .replaceAll("\"base64\":\"[^\"]+\"", "\"base64\":\"…\""))
                .isEqualTo(
                        "{\"images\":[{\"mediaType\":\"image/png\",\"width\":8,\"height\":6,\"sha256\":\"…\",\"seed\":7,"
                                + "\"base64\":\"…\"}],\"failures\":[],\"warnings\":[],\"execution\":{\"servedBy\":{\"name\":\"a\","
                                + "\"provider\":\"faulty\",\"model\":\"tiny\",\"revision\":\"1\",\"local\":true},"
                                + "\"requestId\":\"id\",\"effectiveRequest\":{\"prompt\":\"a fox\"},\"attempts\":1,"
                                + "\"cache\":\"BYPASS\",\"passedOver\":[],\"durations\":{\"denoise\":1.25},\"total\":2}}");
    }

    @Test
    void passesOverWhatItDoesNotKnow() {
        String json = ResultJson.write(everything());
        String later = json.replace("\"failures\":", "\"moreOfIt\":{\"a\":[1]},\"failures\":")
                .replace("ContentRejectedException", "LaterException");

        assertThat(parse(later).images()).isEqualTo(everything().images());
        assertThat(parse(later).failures().get(0).error())
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("refused");
    }

    @Test
    void namesTheFieldThatIsWrong() {
        String json = ResultJson.write(everything());

        assertThatThrownBy(() -> parse(json.replace("\"warnings\":", "\"other\":")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("result.warnings must be a list but was not there");
        assertThatThrownBy(() -> parse(json.replace("\"cache\":\"MISS\"", "\"cache\":\"PERHAPS\"")))
                .hasMessage("result.cache must be one of [HIT, MISS, BYPASS] but was \"PERHAPS\"");
        assertThatThrownBy(() -> parse(json.replaceFirst("\"sha256\":\"[0-9a-f]{8}", "\"sha256\":\"00000000")))
                .hasMessage("result.sha256 must be that of base64 but was another");
        assertThatThrownBy(() -> parse(json.replaceFirst("\"base64\":\"", "\"base64\":\"*")))
                .hasMessage("result.base64 must be a picture in Base64 but was not");
        assertThatThrownBy(() -> parse("[]")).isInstanceOf(IllegalArgumentException.class);
    }
}
