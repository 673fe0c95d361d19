package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetTagsTest {

    @Test
    void takesNetworksOutOfThePrompt() {
        NetTags tags = NetTags.read("a fox <lora:pixel art:0.8>, <hypernet:x:te=1:unet=0.5>");

        assertThat(tags.text()).isEqualTo("a fox , ");
        assertThat(tags.tags())
                .containsExactly(
                        new NetTags.Tag("lora", List.of("pixel art", "0.8")),
                        new NetTags.Tag("hypernet", List.of("x", "te=1", "unet=0.5")));
        assertThat(tags).hasToString("NetTags[2]");
    }

    @Test
    void whatIsNotWrittenLikeOneIsText() {
        for (String text : List.of("a <b> c", "<mystyle>", "<lora:>", "<lora:x", "1 < 2: 3 > 2", "<lo ra:x>")) {
            assertThat(NetTags.read(text)).isEqualTo(new NetTags(text, List.of()));
        }
    }
}
