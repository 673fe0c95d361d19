package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes generators of {@code type: comfyui} from the configuration: a ComfyUI of one's own, by a workflow file. A call
 * costs nothing by default.
 */
public final class ComfyUiGeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public ComfyUiGeneratorFactory() {
        super("comfyui", CostClass.FREE);
    }

    @Override
    List<SettingKey> moreKeys() {
        return List.of(
                SettingKey.of("base-url", "http://127.0.0.1:8188", "where the server is"),
                SettingKey.of("model", "", "the checkpoint in place of the workflow's, where it has a place for one"),
                SettingKey.of("workflow", "", "the workflow's file in ComfyUI's API form; must be set")
                        .holding(Kind.PATH),
                SettingKey.of(
                                "places",
                                "",
                                "where settings go, each NODE.INPUT such as 3.seed: prompt, negative, seed, steps, guidance,"
                                        + " strength, width, height, input, mask, model; found by node class where left"
                                        + " out")
                        .holding(Kind.MAP),
                SettingKey.of(
                                "jobs",
                                "~/.local/state/triptych/jobs",
                                "where jobs are written down, so that another process can fetch their pictures")
                        .holding(Kind.PATH));
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        jobSettings(settings, builder);
        settings.required("workflow");
        Map<String, String> places = new LinkedHashMap<>();
        settings.map("places").forEach((term, place) -> places.put(term, String.valueOf(place)));
        settings.file("workflow").ifPresent(file -> builder.workflow(file, places));
    }
}
