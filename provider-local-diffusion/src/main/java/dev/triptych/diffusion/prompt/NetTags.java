package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Networks that a prompt asks for, as A1111's web UI reads them: {@code <lora:name:0.8>}. Reference:
 * AUTOMATIC1111/stable-diffusion-webui, {@code modules/extra_networks.py}, {@code parse_prompt}. Immutable.
 *
 * <pre>{@code
 * NetTags tags = NetTags.read("a fox <lora:pixel:0.8> in the snow");
 * tags.text();                 // "a fox  in the snow"
 * tags.tags().get(0).kind();   // "lora"
 * }</pre>
 *
 * @param text the prompt without them
 * @param tags in their order
 */
public record NetTags(String text, List<Tag> tags) {

    private static final Pattern TAG = Pattern.compile("<(\\w++):([^>]++)>");

    /** Copies the list. */
    public NetTags {
        tags = List.copyOf(tags);
    }

    /**
     * One network.
     *
     * @param kind such as {@code lora}
     * @param arguments what stands between the colons behind the kind, at least one
     */
    public record Tag(String kind, List<String> arguments) {

        /** Copies the list. */
        public Tag {
            arguments = List.copyOf(arguments);
        }
    }

    /** The networks of {@code prompt}; what is not written like one stays text. */
    public static NetTags read(String prompt) {
        List<Tag> tags = new ArrayList<>();
        Matcher tag = TAG.matcher(prompt);
        while (tag.find()) {
            tags.add(new Tag(tag.group(1), List.of(tag.group(2).split(":", -1))));
        }
        return new NetTags(tags.isEmpty() ? prompt : TAG.matcher(prompt).replaceAll(""), tags);
    }

    /** Names no text: a prompt must not reach a log. */
    @Override
    public String toString() {
        return "NetTags[" + tags.size() + "]";
    }
}
