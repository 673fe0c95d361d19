package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The modules of one loaded network by every name that adapters have for them: diffusers' own and that of the files it
 * was converted from, with dots and with underscores in their place. A name with underscores cannot be cut into its
 * parts ({@code to_out_0}), but it can be looked up. Immutable.
 *
 * <pre>{@code
 * ModuleTable unet = ModuleTable.of("unet", weights, CompVisUnet::names);
 * unet.find("input_blocks_4_1_proj_in");    // the module down_blocks.1.attentions.0.proj_in
 * }</pre>
 */
public final class ModuleTable {

    private final String part;
    private final Weights weights;
    private final Map<String, List<Slot>> spellings;

    private ModuleTable(String part, Weights weights, Map<String, List<Slot>> spellings) {
        this.part = part;
        this.weights = weights;
        this.spellings = Collections.unmodifiableMap(spellings);
    }

    /**
     * A module, or some of the rows of one that files keep fused with others.
     *
     * @param module the module's name in the loaded weights
     * @param first the first row of the adapter's tensor that is this module's
     * @param rows how many rows; −1 = all
     */
    public record Slot(String module, long first, long rows) {

        /** All of a module. */
        public static Slot whole(String module) {
            return new Slot(module, 0, -1);
        }

        /** Whether the adapter's tensor is this module's alone. */
        boolean isWhole() {
            return rows < 0;
        }
    }

    /** Further names of modules, given all modules of a network at once. */
    @FunctionalInterface
    public interface Names {
        /** For each of {@code modules} that has one, its other name. */
        Map<String, String> of(Collection<String> modules);
    }

    /**
     * The table of a network.
     *
     * @param part what the checkpoint calls it: {@code "unet"}, {@code "text_encoder_2"}
     * @param weights its weights
     * @param others the names that other files have for its modules
     */
    public static ModuleTable of(String part, Weights weights, Names... others) {
        Map<String, List<Slot>> spellings = new LinkedHashMap<>();
        Set<String> modules = modules(weights);
        for (String module : modules) {
            spell(spellings, module, List.of(Slot.whole(module)));
        }
        for (Names names : others) {
            names.of(modules).forEach((module, other) -> spell(spellings, other, List.of(Slot.whole(module))));
        }
        return new ModuleTable(part, weights, spellings);
    }

    /** The same, in which {@code fused} stands for the rows of several modules, one below the other. */
    public ModuleTable withFused(String fused, List<Slot> slots) {
        Map<String, List<Slot>> more = new LinkedHashMap<>(spellings);
        spell(more, fused, List.copyOf(slots));
        return new ModuleTable(part, weights, more);
    }

    /** What the checkpoint calls the network. */
    public String part() {
        return part;
    }

    /** The network's weights. */
    public Weights weights() {
        return weights;
    }

    /** The modules that {@code spelling} stands for; empty where there are none. */
    List<Slot> find(String spelling) {
        return spellings.getOrDefault(spelling, List.of());
    }

    /** All names. */
    Set<String> spellings() {
        return spellings.keySet();
    }

    /** The tensor {@code leaf}, {@code "weight"} or {@code "bias"}, of a module. */
    Optional<Weight> tensor(String module, String leaf) {
        return weights.tensor(module + "." + leaf);
    }

    /** The first to come keeps a name; no two modules of one network share any. */
    private static void spell(Map<String, List<Slot>> spellings, String name, List<Slot> slots) {
        spellings.putIfAbsent(name, slots);
        spellings.putIfAbsent(name.replace('.', '_'), slots);
    }

    private static Set<String> modules(Weights weights) {
        Set<String> modules = new LinkedHashSet<>();
        for (String name : weights.names()) {
            if (name.endsWith(".weight") || name.endsWith(".bias")) {
                modules.add(name.substring(0, name.lastIndexOf('.')));
            }
        }
        return modules;
    }
}
