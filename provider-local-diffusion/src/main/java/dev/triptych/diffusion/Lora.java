package dev.triptych.diffusion;

import dev.triptych.diffusion.adapt.LoraWish;
import java.nio.file.Path;

/**
 * A LoRA, or one of its kin, among the settings of a generator: requests ask for it by its name. Immutable.
 *
 * <pre>{@code
 * LocalSettings settings = LocalSettings.bundled()
 *         .withCheckpoint(Path.of("stable-diffusion-v1-5"))
 *         .withLora("pixel", new Lora(Path.of("pixel-art.safetensors"), 0.8));
 * ImageRequest request =
 *         ImageRequest.builder().prompt("a fox").option("local.lora", "pixel").build();
 * }</pre>
 *
 * @param source a file, or a folder that PEFT wrote; here, on the hub or at an address
 * @param strength how strong it is where a request does not say: 1 = as it was trained, 0 = not at all; below 0 leads
 *     away from it. From −100 to 100
 */
public record Lora(ModelSource source, double strength) {

    /** Checks the strength. */
    public Lora {
        LoraWish.checked(strength);
    }

    /** The LoRA in {@code file}. */
    public Lora(Path file, double strength) {
        this(ModelSource.of(file), strength);
    }

    /** The LoRA in {@code file}, as strong as it was trained. */
    public static Lora of(Path file) {
        return new Lora(file, 1);
    }

    /** The LoRA of {@code source}, as strong as it was trained; downloaded with the model. */
    public static Lora of(ModelSource source) {
        return new Lora(source, 1);
    }
}
