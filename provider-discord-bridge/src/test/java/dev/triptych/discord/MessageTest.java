package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {

    @Test
    void isWithheldWhereAnOrdinaryMessageHoldsNothing() throws JsonProcessingException {
        assertThat(message("{\"id\":\"1\",\"type\":0,\"content\":\"\"}").withheld())
                .isTrue();
        assertThat(message("{\"id\":\"1\",\"type\":19,\"content\":\"\",\"poll\":null,\"embeds\":[]}")
                        .withheld())
                .isTrue();
    }

    /** A bot that thinks, a pin, a new thread, a sticker, a poll, a forwarded message, text in components. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"1\",\"type\":20,\"flags\":128,\"content\":\"\"}",
                "{\"id\":\"1\",\"type\":6,\"content\":\"\"}",
                "{\"id\":\"1\",\"type\":18,\"content\":\"\"}",
                "{\"id\":\"1\",\"type\":0,\"content\":\"\",\"sticker_items\":[{\"id\":\"2\"}]}",
                "{\"id\":\"1\",\"type\":0,\"content\":\"\",\"poll\":{\"question\":{}}}",
                "{\"id\":\"1\",\"type\":0,\"content\":\"\",\"message_snapshots\":[{}]}",
                "{\"id\":\"1\",\"type\":0,\"flags\":32768,\"content\":\"\",\"components\":[{\"type\":10}]}",
                "{\"id\":\"1\",\"type\":0,\"content\":\"\",\"attachments\":[{\"id\":\"2\"}]}",
                "{\"id\":\"1\",\"type\":0,\"content\":\"hello\"}",
            })
    void isNotWithheldWhereItHoldsSomethingElse(String json) throws JsonProcessingException {
        assertThat(message(json).withheld()).isFalse();
    }

    private static Message message(String json) throws JsonProcessingException {
        return Message.of(Json.read(json));
    }
}
