package dev.triptych.server.a1111;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Fields that would change the picture in the web UI and change nothing here: an answer says which of them a request
 * had, since a picture that is not what was asked for must not look as if it were. Stateless.
 */
final class WebUiUnheard {

    private static final List<String> CHANGING = List.of(
            "restore_faces",
            "tiling",
            "styles",
            "refiner_checkpoint",
            "script_name",
            "alwayson_scripts",
            "hr_checkpoint_name",
            "hr_sampler_name",
            "hr_scheduler",
            "hr_prompt",
            "hr_negative_prompt",
            "seed_resize_from_w",
            "seed_resize_from_h",
            "mask_blur",
            "inpaint_full_res");

    private WebUiUnheard() {}

    /** A warning for each field of {@code body} that says something and is not heard. */
    static List<String> warnings(ObjectNode body) {
        List<String> warnings = new ArrayList<>();
        for (String field : CHANGING) {
            if (saysSomething(body.path(field))) {
                warnings.add(field + " has no effect here");
            }
        }
        return warnings;
    }

    /** Empty, zero, off and below zero are what clients send that want nothing. */
    private static boolean saysSomething(JsonNode value) {
        if (value.isTextual()) {
            String text = value.textValue();
            return !text.isBlank() && !text.equalsIgnoreCase("none") && !text.equalsIgnoreCase("use same sampler");
        }
        if (value.isContainerNode()) {
            return !value.isEmpty();
        }
        return value.isNumber() ? value.doubleValue() > 0 : value.isBoolean() && value.booleanValue();
    }
}
