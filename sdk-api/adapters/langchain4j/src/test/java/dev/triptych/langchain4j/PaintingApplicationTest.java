package dev.triptych.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.Response;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.media.ImageHeader;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** An application that paints with the bundled checkpoint: no network, no key, no GPU. */
class PaintingApplicationTest {

    @Test
    void paintsAFox() {
        try (GeneratorRegistry registry = GeneratorRegistry.load()) {
            ImageModel model = TriptychImageModel.builder()
                    .generator(registry.defaultGenerator())
                    .seed(42L)
                    .steps(2)
                    .build();

            Response<Image> response = model.generate("a red fox in the snow");

            byte[] png = Base64.getDecoder().decode(response.content().base64Data());
            assertThat(ImageHeader.read(png).mediaType()).isEqualTo("image/png");
            assertThat(response.metadata())
                    .containsEntry("seeds", List.of(42L))
                    .containsEntry("servedBy", "offline")
                    .containsEntry("provider", "local");
            assertThat(response.metadata().get("provenance"))
                    .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
                    .singleElement()
                    .extracting("seed")
                    .isEqualTo(42L);
        }
    }
}
