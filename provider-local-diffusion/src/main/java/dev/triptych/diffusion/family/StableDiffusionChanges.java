package dev.triptych.diffusion.family;

import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetChanges;
import dev.triptych.diffusion.network.unet.UnetChanges.DeepCut;
import dev.triptych.diffusion.network.unet.UnetChanges.FreeU;
import dev.triptych.diffusion.network.unet.UnetConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads what a request wants a U-Net to compute otherwise. Stateless. */
final class StableDiffusionChanges {

    /** DeepCache counts three layers a level, whatever the config says. */
    private static final int LAYERS_COUNTED = 3;

    private static final double MOST = 20;

    private StableDiffusionChanges() {}

    /**
     * The changes that {@code options} ask for.
     *
     * @throws dev.triptych.UnsupportedRequestException if {@code unet} cannot be changed so
     */
    static UnetChanges read(Unet unet, Options options) {
        UnetChanges changes = new UnetChanges(freeU(options), perturbed(unet, options), cut(unet.config(), options));
        if (!changes.equals(UnetChanges.NONE) && unet.readyMade().isPresent()) {
            throw LocalErrors.unsupported("options "
                    + String.join(", ", SteeringOptions.KEYS.stream().sorted().toList())
                    + " must not be given to a ready-made ONNX model, whose graph is fixed");
        }
        return changes;
    }

    private static Optional<FreeU> freeU(Options options) {
        return options.text(SteeringOptions.FREE_U)
                .map(text -> options.checked(SteeringOptions.FREE_U, StableDiffusionChanges::parseFreeU));
    }

    private static FreeU parseFreeU(String text) {
        String[] parts = text.split(",", -1);
        float[] numbers = new float[parts.length];
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i].strip();
            numbers[i] = part.matches("\\d{1,2}(\\.\\d{1,6})?") ? Float.parseFloat(part) : 0;
            if (parts.length != 4 || !(numbers[i] > 0 && numbers[i] <= MOST)) {
                throw new IllegalArgumentException(
                        "must be four numbers above 0 and at most 20, b1,b2,s1,s2, but was \"" + text + "\"");
            }
        }
        return new FreeU(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    private static List<String> perturbed(Unet unet, Options options) {
        if (options.number(SteeringOptions.PAG_SCALE, 0, MOST).orElse(0) == 0) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (String wanted :
                options.text(SteeringOptions.PAG_LAYERS).orElse("mid").split(",", -1)) {
            Pattern part = options.checked(SteeringOptions.PAG_LAYERS, text -> pattern(wanted.strip()));
            List<String> found = unet.selfAttentions().stream()
                    .filter(name -> part.matcher(name).find())
                    .toList();
            if (found.isEmpty()) {
                throw LocalErrors.unsupported("option " + SteeringOptions.PAG_LAYERS
                        + " must name self-attentions of the U-Net, such as mid or down_blocks.1, but \""
                        + wanted.strip() + "\" names none");
            }
            names.addAll(found);
        }
        return names.stream().distinct().sorted().toList();
    }

    private static Pattern pattern(String text) {
        try {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("must be names with commas between them but one was empty");
            }
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("must be names but was \"" + text + "\"", e);
        }
    }

    private static Optional<DeepCut> cut(UnetConfig config, Options options) {
        int most = LAYERS_COUNTED * config.down().size() - 1;
        int branch =
                options.wholeNumber(SteeringOptions.DEEP_CACHE_BRANCH, 0, most).orElse(0);
        if (options.wholeNumber(SteeringOptions.DEEP_CACHE, 0, 1000).orElse(0) < 2) {
            return Optional.empty();
        }
        int block = branch / LAYERS_COUNTED;
        int layer = branch % LAYERS_COUNTED;
        int layers = config.down().get(block).layers();
        if (layer > layers) {
            throw LocalErrors.unsupported("option " + SteeringOptions.DEEP_CACHE_BRANCH
                    + " must be 3 times a level and a layer of it, 0 to " + layers + ", but was " + branch);
        }
        return Optional.of(new DeepCut(block, layer, false));
    }
}
