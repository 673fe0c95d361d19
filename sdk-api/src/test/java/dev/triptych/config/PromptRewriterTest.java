package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.CacheStatus;
import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.PromptRewriter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.internal.Sha256;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalEntry;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.testkit.FaultyGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptRewriterTest {

    private static final ImageRequest FOX =
            ImageRequest.builder().prompt("a fox").seed(7).build();

    @TempDir
    private Path directory;

    private final FaultyGenerator studio = FaultyGenerator.billed("studio");

    private record Named(String name, Function<ImageRequest, String> words) implements PromptRewriter {
        @Override
        public String rewrite(ImageRequest request, GenerationContext context) {
            return words.apply(request);
        }
    }

    private ImageGenerator behind(Function<ImageRequest, String> words) {
        return Generators.standard(
                studio,
                StandardSettings.standard()
                        .withRewriter(new Named("house-style", words))
                        .withJournal(new JournalSettings(directory.resolve("journal")))
                        .withObservers(List.of()));
    }

    @Test
    void givesTheProviderTheNewPromptAndSaysSo() throws IOException {
        try (ImageGenerator generator = behind(request -> request.prompt() + " in oil")) {
            ImageResult result = generator.generate(FOX);

            assertThat(studio.requests()).extracting(ImageRequest::prompt).containsExactly("a fox in oil");
            assertThat(result.image().revisedPrompt()).contains("a fox in oil");
            assertThat(result.execution().effectiveRequest().prompt()).isEqualTo("a fox in oil");
        }
        List<JournalEntry> entries = CallJournal.open(new JournalSettings(directory.resolve("journal")))
                .entries();
        assertThat(entries).extracting(JournalEntry::rewriter).containsExactly("house-style");
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            Path file = files.filter(each -> each.toString().endsWith(".jsonl"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Files.readString(file))
                    .contains(Sha256.hex("a fox in oil".getBytes(StandardCharsets.UTF_8)))
                    .doesNotContain("a fox");
        }
    }

    @Test
    void keepsPicturesUnderTheNewPrompt() {
        try (ImageGenerator generator = behind(request -> "an oil painting")) {
            generator.generate(FOX);
            ImageResult other =
                    generator.generate(FOX.toBuilder().prompt("a hare").build());

            assertThat(other.execution().cache()).isEqualTo(CacheStatus.HIT);
            assertThat(other.image().revisedPrompt()).contains("an oil painting");
            assertThat(studio.calls()).isEqualTo(1);
        }
    }

    @Test
    void saysNothingWhereNothingIsChanged() {
        try (ImageGenerator generator = behind(ImageRequest::prompt)) {
            assertThat(generator.generate(FOX).image().revisedPrompt()).isEmpty();
        }
    }

    @Test
    void oneCallMayBringItsOwnOrNone() {
        try (ImageGenerator generator = behind(request -> request.prompt() + " in oil")) {
            generator.generate(FOX, with(PromptRewriter.none()));
            generator.generate(FOX, with(PromptRewriter.template("{prompt}, {prompt}")));
        }
        assertThat(studio.requests()).extracting(ImageRequest::prompt).containsExactly("a fox", "a fox, a fox");
    }

    private static GenerationContext with(PromptRewriter rewriter) {
        return GenerationContext.builder()
                .attach(PromptRewriter.class, rewriter)
                .build();
    }

    @Test
    void aRewriterThatFailsCostsNothingAndQuotesNothing() {
        try (ImageGenerator generator = behind(request -> {
            throw new IllegalStateException("cannot rewrite " + request.prompt());
        })) {
            assertThatThrownBy(() -> generator.generate(FOX))
                    .isInstanceOfSatisfying(
                            ProviderUnavailableException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT))
                    .hasMessage("prompt-rewriter house-style must give a prompt but failed with IllegalStateException")
                    .hasNoCause();
        }
        assertThat(studio.calls()).isZero();
    }

    @Test
    void aRewriterThatGivesNothingIsAnError() {
        try (ImageGenerator generator = behind(request -> " ")) {
            assertThatThrownBy(() -> generator.generate(FOX))
                    .hasMessage("prompt-rewriter house-style must give a prompt but gave none");
        }
    }

    @Test
    void aRewriterMayRefuse() {
        ContentRejectedException refusal =
                new ContentRejectedException("not here", ErrorOrigin.of("rewriter", Outcome.NOT_SENT));
        try (ImageGenerator generator = behind(request -> {
            throw refusal;
        })) {
            assertThatThrownBy(() -> generator.generate(FOX)).isSameAs(refusal);
        }
    }

    private GeneratorRegistry registry(String rewriter) {
        return GeneratorRegistry.builder()
                .config(TriptychConfig.builder()
                        .yaml("generators: {studio: {type: fake, prompt-rewriter: '" + rewriter + "'}}")
                        .build())
                .rewriter(new Named("shout", request -> request.prompt() + "!"))
                .factory(new Fake())
                .build();
    }

    private final class Fake implements GeneratorFactory {
        @Override
        public String type() {
            return "fake";
        }

        @Override
        public List<SettingKey> keys() {
            return List.of();
        }

        @Override
        public ImageGenerator create(GeneratorSettings settings) {
            return studio;
        }
    }

    @Test
    void theConfigurationNamesOneOrWritesATemplate() {
        try (GeneratorRegistry named = registry("shout")) {
            named.defaultGenerator().generate(FOX);
        }
        assertThat(studio.requests()).extracting(ImageRequest::prompt).containsExactly("a fox!");
    }

    @Test
    void theConfigurationMayWriteATemplate() {
        try (GeneratorRegistry template = registry("{prompt}, watercolour")) {
            template.defaultGenerator().generate(FOX);
        }
        assertThat(studio.requests()).extracting(ImageRequest::prompt).containsExactly("a fox, watercolour");
    }

    @Test
    void anUnknownNameIsFoundWhenTheConfigurationIsRead() {
        assertThatThrownBy(() -> registry("whisper"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("generators.studio.prompt-rewriter must be a template with {prompt} in it, or the name of a"
                        + " rewriter on the class path (shout) but was \"whisper\"");
    }

    @Test
    void aTemplateNeedsAPlaceForThePrompt() {
        assertThatThrownBy(() -> PromptRewriter.template("an oil painting"))
                .hasMessage("template must hold {prompt} but was \"an oil painting\"");
    }
}
