package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.AspectRatio;
import dev.triptych.Capabilities;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import org.junit.jupiter.api.Test;

class VariantTest {

    private final Capabilities capabilities = FaultyGenerator.standardCapabilities()
            .operations(Operation.IMAGE_TO_IMAGE)
            .maxInputs(1)
            .build();
    private final FaultyGenerator base = FaultyGenerator.of("offline", capabilities);

    @Test
    void putsItsSettingsInPlaceOfTheRequests() {
        Variant variant =
                Variant.of("quick", base, "{\"steps\": 4, \"size\": \"16x8\", \"options\": {\"faulty.known\": \"b\"}}");
        ImageInput input = ImageInput.of(TestPictures.png(8, 8, Color.RED));
        ImageRequest request = ImageRequest.builder()
                .prompt("a fox")
                .steps(50)
                .seed(7)
                .aspectRatio(new AspectRatio(1, 1))
                .input(input)
                .option("faulty.known", "a")
                .option("other.kept", "c")
                .build();

        variant.generate(request);

        assertThat(base.requests())
                .containsExactly(request.toBuilder()
                        .steps(4)
                        .aspectRatio(null)
                        .size(16, 8)
                        .option("faulty.known", "b")
                        .build());
    }

    @Test
    void tellsItsSettingsWithTheModel() {
        Variant variant = Variant.of("quick", base, "{\"steps\": 4, \"options\": {\"faulty.known\": \"b\"}}");

        assertThat(variant.info())
                .isEqualTo(new GeneratorInfo("quick", "faulty", "tiny, faulty.known=b, steps=4", "1", true));
        assertThat(variant.unwrap(FaultyGenerator.class)).isSameAs(base);
    }

    @Test
    void refusesWhatNoRequestHas() {
        assertThatThrownBy(() -> Variant.of("quick", base, "{\"stops\": 4}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("settings of variant quick: request has an unknown field \"stops\"");
        assertThatThrownBy(() -> Variant.of("quick", base, "{\"prompt\": \"a cat\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("settings of variant quick must leave prompt to the request but set it");
        assertThatThrownBy(() -> Variant.of("quick", base, "[]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("settings of variant quick must be a JSON object with at least one field but were not");
    }
}
