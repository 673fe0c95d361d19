package dev.triptych.diffusion.adapt;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA as a request asks for it: {@code name}, {@code name:0.8}, or {@code name:0.8:0.5} with the strengths of
 * denoiser and text encoders, in this order. (A1111's {@code <lora:name:A:B>} has them the other way round; whoever
 * reads that makes wishes of this kind.)
 *
 * @param name what the configuration calls it
 * @param denoiserStrength for U-Net or transformer; empty = the configured one
 * @param textStrength for the text encoders; empty = the denoiser's
 */
public record LoraWish(String name, OptionalDouble denoiserStrength, OptionalDouble textStrength) {

    /** Far beyond what leaves a picture. */
    private static final double STRONGEST = 100;

    private static final Pattern WISH = Pattern.compile(
            "(?<name>.+?)(:(?<denoiser>[-+]?[0-9.]+(e[-+]?[0-9]+)?))?(:(?<text>[-+]?[0-9.]+(e[-+]?[0-9]+)?))?");

    /**
     * Reads wishes with commas between them.
     *
     * @throws IllegalArgumentException if one cannot be read, or is there twice
     */
    public static List<LoraWish> parse(String text) {
        List<LoraWish> wishes = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (String each : text.split(",", -1)) {
            LoraWish wish = one(each.strip());
            if (!names.add(wish.name())) {
                throw new IllegalArgumentException("must name each LoRA once but names " + wish.name() + " twice");
            }
            wishes.add(wish);
        }
        return wishes;
    }

    private static LoraWish one(String text) {
        Matcher wish = WISH.matcher(text);
        if (!wish.matches()) {
            throw new IllegalArgumentException(
                    "must be NAME, NAME:STRENGTH or NAME:STRENGTH:TEXT but was \"" + text + "\"");
        }
        return new LoraWish(wish.group("name"), strength(wish.group("denoiser")), strength(wish.group("text")));
    }

    private static OptionalDouble strength(@Nullable String text) {
        if (text == null) {
            return OptionalDouble.empty();
        }
        try {
            return OptionalDouble.of(checked(Double.parseDouble(text)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a strength must be a number but was \"" + text + "\"", e);
        }
    }

    /**
     * {@code strength}, which can be used.
     *
     * @throws IllegalArgumentException if it cannot
     */
    public static double checked(double strength) {
        if (!(Math.abs(strength) <= STRONGEST)) {
            throw new IllegalArgumentException(
                    "a strength must be between " + -STRONGEST + " and " + STRONGEST + " but was " + strength);
        }
        return strength;
    }
}
