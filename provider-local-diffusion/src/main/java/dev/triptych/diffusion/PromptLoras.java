package dev.triptych.diffusion;

import dev.triptych.ImageRequest;
import dev.triptych.diffusion.adapt.LoraWish;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.family.PromptOptions;
import dev.triptych.diffusion.prompt.NetTags;
import dev.triptych.diffusion.prompt.PromptSyntax;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The LoRAs that a prompt in A1111's syntax asks for: {@code <lora:name>}, {@code <lora:name:0.8>},
 * {@code <lora:name:TEXT:UNET>}, {@code <lora:name:te=0.5:unet=1>}. Reference: AUTOMATIC1111/stable-diffusion-webui,
 * {@code extensions-builtin/Lora/extra_networks_lora.py}.
 */
final class PromptLoras {

    /** A1111 has a second name for the same. */
    private static final Set<String> KINDS = Set.of("lora", "lyco");

    /** The places of strengths behind the name, in their order. */
    private static final List<String> PLACES = List.of("te", "unet", "dyn");

    private PromptLoras() {}

    /**
     * What the prompt of {@code request} asks for; nothing in the plain syntax.
     *
     * @throws dev.triptych.UnsupportedRequestException if a strength cannot be used
     */
    static List<LoraWish> in(ImageRequest request) {
        List<LoraWish> wishes = new ArrayList<>();
        for (NetTags.Tag tag : tags(request)) {
            if (KINDS.contains(tag.kind())) {
                wishes.add(wish(tag.arguments()));
            }
        }
        return wishes;
    }

    /** Networks of other kinds are left out of the prompt, and do nothing. */
    static void tellUnknown(ImageRequest request, Notices notices) {
        for (NetTags.Tag tag : tags(request)) {
            if (!KINDS.contains(tag.kind())) {
                notices.ignored("prompt", "a network in the prompt has no effect: only <lora:…> is known");
            }
        }
    }

    private static List<NetTags.Tag> tags(ImageRequest request) {
        String syntax = request.options().getOrDefault(PromptOptions.SYNTAX, "").strip();
        boolean plain = !syntax.equals(PromptSyntax.A1111.id());
        return plain ? List.of() : NetTags.read(request.prompt()).tags();
    }

    private static LoraWish wish(List<String> arguments) {
        Map<String, String> strengths = new HashMap<>();
        int place = 0;
        for (String argument : arguments.subList(1, arguments.size())) {
            int equals = argument.indexOf('=');
            String key = equals < 0 ? PLACES.get(Math.min(place++, PLACES.size() - 1)) : argument.substring(0, equals);
            strengths.put(key.strip(), argument.substring(equals + 1).strip());
        }
        if (!PLACES.subList(0, 2).containsAll(strengths.keySet())) {
            throw LocalErrors.unsupported(
                    "prompt: <lora:…> must have a name and up to two strengths, te and unet, but has more");
        }
        OptionalDouble text = strength(strengths, "te");
        OptionalDouble denoiser = strength(strengths, "unet");
        if (text.isEmpty() && denoiser.isPresent()) {
            text = OptionalDouble.of(1);
        }
        return new LoraWish(arguments.get(0).strip(), denoiser.isPresent() ? denoiser : text, text);
    }

    private static OptionalDouble strength(Map<String, String> strengths, String key) {
        String written = strengths.get(key);
        if (written == null) {
            return OptionalDouble.empty();
        }
        try {
            return OptionalDouble.of(LoraWish.checked(Double.parseDouble(written)));
        } catch (IllegalArgumentException e) {
            // Without the cause, which quotes the prompt.
            throw LocalErrors.unsupported(
                    "prompt: a strength in <lora:…> must be a number from -100 to 100 but was not");
        }
    }
}
