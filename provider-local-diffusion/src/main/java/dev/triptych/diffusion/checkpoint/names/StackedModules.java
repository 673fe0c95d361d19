package dev.triptych.diffusion.checkpoint.names;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a transformer's original files call its modules, for adapters that were trained on those: each name with the
 * modules of diffusers whose rows it stacks, one below the other.
 */
final class StackedModules {

    private final Collection<String> modules;
    private final Map<String, List<String>> stacked = new LinkedHashMap<>();

    private StackedModules(Collection<String> modules) {
        this.modules = modules;
    }

    /**
     * How blocks are named.
     *
     * @param theirs the list in original files: {@code double_blocks}
     * @param ours the list in diffusers': {@code transformer_blocks}
     * @param single what is called otherwise, theirs to ours
     * @param fused what is several modules in diffusers
     */
    record Blocks(String theirs, String ours, Map<String, String> single, Map<String, List<String>> fused) {}

    /**
     * The names of those of {@code modules} that have one.
     *
     * @param single modules outside blocks, theirs to ours
     */
    static Map<String, List<String>> of(Collection<String> modules, Map<String, String> single, List<Blocks> blocks) {
        StackedModules names = new StackedModules(modules);
        single.forEach((theirs, ours) -> names.add(theirs, List.of(ours)));
        for (Blocks each : blocks) {
            long count = modules.stream()
                    .filter(module -> module.startsWith(each.ours() + "."))
                    .map(module -> module.split("\\.", -1)[1])
                    .distinct()
                    .count();
            for (int i = 0; i < count; i++) {
                String theirs = each.theirs() + "." + i + ".";
                String ours = each.ours() + "." + i + ".";
                each.single().forEach((name, module) -> names.add(theirs + name, List.of(ours + module)));
                each.fused()
                        .forEach((name, parts) -> names.add(
                                theirs + name, parts.stream().map(ours::concat).toList()));
            }
        }
        return names.stacked;
    }

    private void add(String theirs, List<String> ours) {
        if (modules.containsAll(ours)) {
            stacked.put(theirs, ours);
        }
    }
}
