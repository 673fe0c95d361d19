package dev.triptych.server.a1111;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import org.junit.jupiter.api.Test;

class WebUiNoiseTest {

    @Test
    void tellsTheSeedThatEachPictureWasVariedTowards() {
        ObjectNode info = Json.object();
        ObjectNode options = Json.object().put("local.variation-seed", "9").put("local.variation-strength", "0.25");

        WebUiNoise.tell(info, options, 2);

        assertThat(info).hasToString("{\"subseed\":9,\"subseed_strength\":0.25,\"all_subseeds\":[9,10]}");
    }

    @Test
    void tellsOfNoneWhereThereIsNone() {
        ObjectNode info = Json.object();

        WebUiNoise.tell(info, Json.object(), 1);

        assertThat(info).hasToString("{\"subseed\":-1,\"subseed_strength\":0.0,\"all_subseeds\":[-1]}");
    }

    @Test
    void refusesNoiseThatIsNone() {
        ObjectNode override = Json.object().put("randn_source", "dice");

        assertThatThrownBy(() -> WebUiNoise.options("local", new Fields(Json.object()), override, false))
                .isInstanceOf(HttpFailure.class)
                .hasMessage("randn_source must be GPU, CPU or NV but was \"dice\"");
    }
}
