package dev.triptych.diffusion.adapt;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A tensor's name in an adapter, cut into the module that it is about and what it is to it. The ends are those of
 * kohya, diffusers, PEFT, LyCORIS, x-labs and OneTrainer.
 *
 * @param module the module as the file spells it, prefix included
 * @param role what the tensor is to it
 */
record AdapterKey(String module, Role role) {

    private static final List<Map.Entry<String, Role>> LONGEST_FIRST = ends().entrySet().stream()
            .sorted(Comparator.comparingInt(
                            (Map.Entry<String, Role> end) -> end.getKey().length())
                    .reversed())
            .toList();

    private static Map<String, Role> ends() {
        Map<String, Role> ends = new LinkedHashMap<>();
        for (String dialect : List.of(
                ".lora_%s.weight",
                ".lora.%s.weight", "_lora.%s.weight", ".lora_linear_layer.%s.weight", ".%s.weight")) {
            ends.put(dialect.formatted("down"), Role.DOWN);
            ends.put(dialect.formatted("up"), Role.UP);
        }
        for (String dialect : List.of(".lora_%s.weight", ".lora_%s")) {
            ends.put(dialect.formatted("A"), Role.DOWN);
            ends.put(dialect.formatted("B"), Role.UP);
        }
        ends.put(".lora_B.bias", Role.BIAS_DIFFERENCE);
        ends.put(".lora_mid.weight", Role.MID);
        ends.put(".alpha", Role.ALPHA);
        ends.put(".scale", Role.SCALE);
        ends.put(".dora_scale", Role.MAGNITUDE);
        ends.put(".lora_magnitude_vector", Role.OUTPUT_MAGNITUDE);
        ends.put(".lora_magnitude_vector.weight", Role.OUTPUT_MAGNITUDE);
        ends.put(".diff", Role.DIFFERENCE);
        ends.put(".w_norm", Role.DIFFERENCE);
        ends.put(".diff_b", Role.BIAS_DIFFERENCE);
        ends.put(".b_norm", Role.BIAS_DIFFERENCE);
        ends.put(".set_weight", Role.REPLACEMENT);
        ends.put(".reshape_weight", Role.RESHAPED);
        for (String part : List.of("w1_a", "w1_b", "w2_a", "w2_b", "t1", "t2")) {
            ends.put(".hada_" + part, Role.valueOf("HADA_" + part.toUpperCase(Locale.ROOT)));
        }
        for (String part : List.of("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")) {
            ends.put(".lokr_" + part, Role.valueOf("LOKR_" + part.toUpperCase(Locale.ROOT)));
        }
        for (String part : List.of("a1", "a2", "b1", "b2", "bm")) {
            ends.put("." + part + ".weight", Role.valueOf("GLORA_" + part.toUpperCase(Locale.ROOT)));
        }
        ends.put(".on_input", Role.ON_INPUT);
        ends.put(".weight", Role.FACTORS);
        return ends;
    }

    /** What {@code name} is about; empty where it is no adapter's name. PEFT's {@code default.} says nothing. */
    static Optional<AdapterKey> of(String name) {
        String plain = name.replace(".default.", ".");
        for (Map.Entry<String, Role> end : LONGEST_FIRST) {
            int length = plain.length() - end.getKey().length();
            if (length > 0 && plain.endsWith(end.getKey())) {
                return Optional.of(new AdapterKey(plain.substring(0, length), end.getValue()));
            }
        }
        return Optional.empty();
    }
}
