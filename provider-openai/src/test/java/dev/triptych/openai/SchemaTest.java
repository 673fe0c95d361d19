package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.triptych.Capabilities;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.Negotiation;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;

/** Every body that we can build, held against OpenAI's own description of its API. */
class SchemaTest {

    private static final ImageInput PNG = ImageInput.of(TestPictures.png(8, 8, Color.GRAY));

    /** Came after the official description of August 2026; the second file has them. */
    private static final Set<String> NEWER_WORDS = Set.of("xhigh", "max", "gif");

    private static final Set<String> NUMBERS =
            Set.of("n", "partial_images", "output_compression", "frame_count", "frame_duration_ms");

    /**
     * A schema of {@code file}, whose references lead into the whole document. The official file says {@code nullable},
     * which is no word of OpenAPI 3.1: a strict server refuses nulls.
     */
    private static JsonSchema schema(String file, String name) throws IOException {
        Path path = Path.of(System.getProperty("triptych.reference", "no-such-place"), "specs", file);
        assumeTrue(Files.exists(path), "the API description is not there: " + file);
        ObjectNode root = (ObjectNode) new ObjectMapper(new YAMLFactory()).readTree(path.toFile());
        root.put("$ref", "#/components/schemas/" + name);
        boolean nullable = root.path("openapi").asText().startsWith("3.0");
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(
                        root,
                        SchemaValidatorsConfig.builder()
                                .nullableKeywordEnabled(nullable)
                                .build());
    }

    @Test
    void eachGenerationIsAsTheOfficialDescriptionHasIt() throws IOException {
        JsonSchema schema = schema("openai-images.yaml", "CreateImageRequest");
        int checked = 0;
        for (ModelProfile model : ModelTable.profiles()) {
            for (ImageRequest request : generations(model)) {
                JsonNode body = body(model, request);
                if (!isNewer(body)) {
                    assertThat(schema.validate(body))
                            .as("%s: %s", model.id(), body)
                            .isEmpty();
                    checked++;
                }
            }
        }
        assertThat(checked).isGreaterThan(100);
    }

    @Test
    void eachGenerationWithNewerWordsIsAsTheContractHasIt() throws IOException {
        JsonSchema schema = schema("openai-images-contract-3.0.yaml", "CreateImageRequest");
        for (ModelProfile model : ModelTable.profiles()) {
            for (ImageRequest request : generations(model)) {
                JsonNode body = body(model, request);
                assertThat(schema.validate(body)).as("%s: %s", model.id(), body).isEmpty();
            }
        }
    }

    @Test
    void eachEditIsAsTheOfficialDescriptionHasIt() throws IOException {
        JsonSchema schema = schema("openai-images.yaml", "CreateImageEditRequest");
        int checked = 0;
        for (ModelProfile model : ModelTable.profiles()) {
            Capabilities capabilities = model.capabilities().build();
            if (!capabilities.operations().contains(Operation.IMAGE_TO_IMAGE)) {
                continue;
            }
            for (ImageRequest generation : generations(model)) {
                ImageRequest one = generation.toBuilder().input(PNG).build();
                ImageRequest masked = one.toBuilder()
                        .mask(ImageInput.of(TestPictures.mask(8, 8)))
                        .build();
                ImageRequest several =
                        one.toBuilder().inputs(List.of(PNG, PNG, PNG)).build();
                for (ImageRequest request : masked.outputFormat().equals(Optional.of("gif"))
                        ? List.of(one, several)
                        : List.of(one, masked, several)) {
                    JsonNode body = request.inputs().size() > capabilities.maxInputs() ? null : body(model, request);
                    if (body != null && !isNewer(body)) {
                        assertThat(schema.validate(body))
                                .as("%s: %s", model.id(), body)
                                .isEmpty();
                        checked++;
                    }
                }
            }
        }
        assertThat(checked).isGreaterThan(200);
    }

    @Test
    void aVariationIsAsTheOfficialDescriptionHasIt() throws IOException {
        ImageRequest request = ImageRequest.builder()
                .input(PNG)
                .count(3)
                .size(512, 512)
                .option("openai.user", "user-1")
                .build();

        assertThat(schema("openai-images.yaml", "CreateImageVariationRequest")
                        .validate(body(ModelTable.profileOf("dall-e-2"), request)))
                .isEmpty();
    }

    @Test
    void theCheckerSeesWhatIsWrong() throws IOException {
        JsonSchema schema = schema("openai-images.yaml", "CreateImageRequest");

        for (String wrong : List.of(
                "{\"n\":1}",
                "{\"prompt\":\"a\",\"n\":\"1\"}",
                "{\"prompt\":\"a\",\"n\":11}",
                "{\"prompt\":\"a\",\"quality\":\"superb\"}",
                "{\"prompt\":\"a\",\"partial_images\":9}",
                "{\"prompt\":\"a\",\"n\":null}")) {
            assertThat(schema.validate(Fixtures.json(wrong))).as(wrong).isNotEmpty();
        }
    }

    @Test
    void ourFixturesAreAnswersAsTheOfficialDescriptionHasThem() throws IOException {
        JsonSchema answers = schema("openai-images.yaml", "ImagesResponse");
        for (String fixture : List.of(
                "openai/generation.json",
                "openai/generation-of-two.json",
                "openai/edit.json",
                "openai/dall-e-3.json",
                "openai/dall-e-2-links.json",
                "azure/generation.json")) {
            assertThat(answers.validate(Fixtures.json(Fixtures.text(fixture, "https://cdn.example.com"))))
                    .as(fixture)
                    .isEmpty();
        }
        JsonSchema errors = schema("openai-images-contract-3.0.yaml", "ErrorResponse");
        for (String fixture : Fixtures.names("openai", ".json")) {
            if (fixture.contains("/error-")) {
                assertThat(errors.validate(Fixtures.json(Fixtures.text(fixture))))
                        .as(fixture)
                        .isEmpty();
            }
        }
        JsonSchema events = schema("openai-images.yaml", "ImageGenStreamEvent");
        Fixtures.text("openai/stream.sse")
                .lines()
                .filter(line -> line.startsWith("data: "))
                .forEach(line -> {
                    Set<ValidationMessage> found = events.validate(Fixtures.json(line.substring(6)));
                    assertThat(found).isEmpty();
                });
    }

    /** Each word of each setting once, and all that go together at once. */
    private static List<ImageRequest> generations(ModelProfile model) {
        Capabilities capabilities = model.capabilities().build();
        List<ImageRequest> requests = new ArrayList<>();
        ImageRequest plain = ImageRequest.of("a red fox");
        requests.add(plain);
        requests.add(plain.toBuilder().count(capabilities.maxImagesPerCall()).build());
        List<ImageSize> sizes = capabilities.sizes().fixed().isEmpty()
                ? List.of(new ImageSize(1536, 864), new ImageSize(3840, 2160), ImageSize.square(1024))
                : capabilities.sizes().fixed();
        sizes.forEach(size -> requests.add(plain.toBuilder().size(size).build()));
        capabilities
                .qualities()
                .forEach(word -> requests.add(plain.toBuilder().quality(word).build()));
        capabilities
                .styles()
                .forEach(word -> requests.add(plain.toBuilder().style(word).build()));
        capabilities
                .backgrounds()
                .forEach(word -> requests.add(plain.toBuilder().background(word).build()));
        capabilities.outputFormats().forEach(word -> {
            requests.add(plain.toBuilder().outputFormat(word).build());
            requests.add(plain.toBuilder().outputFormat(word).compression(70).build());
        });
        requests.add(with(plain, model, ApiOption.MODERATION, "low"));
        requests.add(with(plain, model, ApiOption.USER, "user-1"));
        requests.add(with(plain, model, ApiOption.PARTIAL_IMAGES, "3"));
        requests.add(with(plain, model, ApiOption.SAFETY_IDENTIFIER, "hash-1"));
        requests.add(with(plain, model, ApiOption.INPUT_FIDELITY, "high"));
        requests.add(with(plain, model, ApiOption.RESPONSE_FORMAT, "url"));
        requests.add(with(plain, model, ApiOption.COMPLEXITY, "medium"));
        if (capabilities.honours(Parameter.COMPRESSION)) {
            requests.add(with(plain, model, ApiOption.MODERATION, "auto").toBuilder()
                    .count(10)
                    .size(sizes.get(0))
                    .quality("high")
                    .background("opaque")
                    .outputFormat("webp")
                    .compression(0)
                    .build());
        }
        return requests;
    }

    private static ImageRequest with(ImageRequest plain, ModelProfile model, ApiOption option, String value) {
        return model.takes(option)
                ? plain.toBuilder().option(option.key(), value).build()
                : plain;
    }

    private static boolean isNewer(JsonNode body) {
        return NEWER_WORDS.contains(body.path("quality").asText())
                || NEWER_WORDS.contains(body.path("output_format").asText());
    }

    /** What would be sent; a form as the object that the description makes of it. */
    private static JsonNode body(ModelProfile model, ImageRequest request) throws IOException {
        OpenAiProfile server = new OpenAiProfile();
        ServerSettings settings = new ServerSettings(
                HttpUrl.get("https://api.openai.com/v1"),
                () -> "key",
                Optional.empty(),
                model.id(),
                "openai",
                model,
                "",
                "",
                "",
                "",
                Map.of(),
                Map.of(),
                Map.of());
        ImageRequest effective = Negotiation.negotiate(
                        request, server.capabilities(settings).build(), NegotiationMode.ADAPT, "openai")
                .request();
        ApiCall.Body body = server.encode(effective, settings, new Differences(NegotiationMode.ADAPT, "openai"))
                .body();
        return body instanceof ApiCall.Json json
                ? new ObjectMapper().readTree(json.content())
                : asObject((ApiCall.Form) body);
    }

    private static JsonNode asObject(ApiCall.Form form) {
        ObjectNode object = new ObjectMapper().createObjectNode();
        for (ApiCall.Part part : form.parts()) {
            String text = part.fileName() == null ? new String(part.content(), StandardCharsets.UTF_8) : "binary";
            if (part.name().endsWith("[]")) {
                String name = part.name().substring(0, part.name().length() - 2);
                ArrayNode list = object.withArray("/" + name);
                list.add(text);
            } else if (NUMBERS.contains(part.name())) {
                object.put(part.name(), Integer.parseInt(text));
            } else if (part.name().equals("stream")) {
                object.put(part.name(), Boolean.parseBoolean(text));
            } else {
                object.put(part.name(), text);
            }
        }
        return object;
    }
}
