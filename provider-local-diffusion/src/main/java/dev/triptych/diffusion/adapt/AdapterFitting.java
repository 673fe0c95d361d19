package dev.triptych.diffusion.adapt;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.adapt.ModuleTable.Slot;
import dev.triptych.diffusion.adapt.Modules.Place;
import dev.triptych.diffusion.weights.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the modules that an adapter's tensors are about, and holds shapes against each other. Used once. */
final class AdapterFitting {

    /** How many names a warning lists. */
    private static final int LISTED = 5;

    private final String name;
    private final AdapterFile file;
    private final Modules modules;
    private final Map<String, Map<String, Change>> changes = new LinkedHashMap<>();
    private final Set<String> hit = new LinkedHashSet<>();
    private final List<String> unmatched = new ArrayList<>();
    private final List<String> repeated = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    AdapterFitting(String name, AdapterFile file, Modules modules) {
        this.name = name;
        this.file = file;
        this.modules = modules;
    }

    /** A module of the file whose name is not the model's own. */
    private record Placed(String spelling, ModuleTensors tensors, Place place) {}

    /**
     * The adapter, fitted.
     *
     * @throws ModelLoadException if it is of another family, or does not fit
     */
    Adapter fit() {
        List<Placed> elsewhere = new ArrayList<>();
        file.modules().forEach((spelling, tensors) -> {
            Optional<Place> place = modules.find(spelling);
            if (place.isEmpty()) {
                unmatched.add(spelling);
            } else if (isOwnName(spelling, place.get())) {
                put(spelling, tensors, place.get());
            } else {
                elsewhere.add(new Placed(spelling, tensors, place.get()));
            }
        });
        // Where a file has a module under two names, the model's own counts.
        elsewhere.forEach(placed -> put(placed.spelling(), placed.tensors(), placed.place()));
        unmatched.addAll(file.foreign());
        requireAnyMatch();
        warn();
        return new Adapter(name, file.file(), file.hash(), changes, file.embeddings(), warnings);
    }

    private static boolean isOwnName(String spelling, Place place) {
        String plain = spelling.replace('.', '_');
        return place.slots().size() == 1
                && place.slots().get(0).isWhole()
                && plain.endsWith(place.slots().get(0).module().replace('.', '_'));
    }

    private void put(String spelling, ModuleTensors tensors, Place place) {
        for (Slot slot : place.slots()) {
            if (!hit.add(place.table().part() + " " + slot.module())) {
                repeated.add(spelling);
                continue;
            }
            putWeight(spelling, tensors, place.table(), slot);
            putBias(spelling, tensors, place.table(), slot);
        }
    }

    private void putWeight(String spelling, ModuleTensors tensors, ModuleTable table, Slot slot) {
        Optional<Weight> target = table.tensor(slot.module(), "weight");
        if (target.isEmpty()) {
            return;
        }
        List<Long> dims = target.get().dims();
        tensors.ofWeight(dims, file.scales().scale(table.part(), slot.module(), tensors.rank()))
                .map(change -> shaped(spelling, change, dims, slot))
                .ifPresent(change -> put(table.part(), slot.module() + ".weight", change));
    }

    private void putBias(String spelling, ModuleTensors tensors, ModuleTable table, Slot slot) {
        Optional<Change> change = tensors.ofBias();
        if (change.isEmpty()) {
            return;
        }
        Optional<Weight> target = table.tensor(slot.module(), "bias");
        if (target.isPresent()) {
            put(
                    table.part(),
                    slot.module() + ".bias",
                    shaped(spelling, change.get(), target.get().dims(), slot));
        } else if (!isZero(tensors)) {
            warnings.add("LoRA " + name + " changes the bias of " + slot.module() + ", which has none");
        }
    }

    private static boolean isZero(ModuleTensors tensors) {
        for (float value : tensors.tensor(Role.BIAS_DIFFERENCE).orElseThrow().values()) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private void put(String part, String tensor, Change change) {
        changes.computeIfAbsent(part, key -> new LinkedHashMap<>()).put(tensor, change);
    }

    /** The change as one of the weight: some rows of it, or with more inputs than it knows. */
    private Change shaped(String spelling, Change change, List<Long> dims, Slot slot) {
        int rows = Math.toIntExact(dims.isEmpty() ? 1 : dims.get(0));
        int columns = Math.toIntExact(Weight.elements(dims) / Math.max(1, rows));
        if (slot.isWhole() && change.rows() == rows && change.columns() == columns) {
            return change;
        }
        boolean wider = slot.module().equals("conv_in") && change.columns() < columns;
        boolean someRows = !slot.isWhole() && slot.rows() == rows && slot.first() + rows <= change.rows();
        boolean fits =
                (someRows || (slot.isWhole() && change.rows() == rows)) && (wider || change.columns() == columns);
        if (!fits) {
            throw new ModelLoadException(
                    describe() + ": module " + spelling + " must change a weight of the shape " + dims
                            + " but changes one of " + change.rows() + " outputs and "
                            + change.columns() + " inputs" + otherFamily());
        }
        if (!change.isSum()) {
            throw new ModelLoadException(
                    describe() + ": module " + spelling
                            + " must be a sum, because the model has it in parts, but depends on the weight (DoRA, IA3 or GLoRA)");
        }
        return new Shaped(change, Math.toIntExact(slot.first()), rows, columns);
    }

    private void requireAnyMatch() {
        boolean foreignFamily = isOfOtherFamily() && !unmatched.isEmpty();
        if (foreignFamily || (hit.isEmpty() && file.embeddings().isEmpty())) {
            throw new ModelLoadException(describe() + " must fit the model, which is " + modules.family()
                    + (isOfOtherFamily()
                            ? ", but is for " + file.origin().orElse("")
                            : ", but no module of it is there")
                    + ": " + unmatched.size() + " of its " + (unmatched.size() + hit.size())
                    + " modules are not in it, such as "
                    + unmatched.get(0));
        }
    }

    private boolean isOfOtherFamily() {
        return file.origin().filter(origin -> !origin.equals(modules.family())).isPresent();
    }

    private String otherFamily() {
        return isOfOtherFamily()
                ? ": the LoRA is for " + file.origin().orElse("") + ", the model is " + modules.family()
                : "";
    }

    private void warn() {
        if (!unmatched.isEmpty()) {
            warnings.add("LoRA " + name + " has " + unmatched.size()
                    + " modules that are not in the model and have no effect: " + listed(unmatched));
        }
        if (!repeated.isEmpty()) {
            warnings.add("LoRA " + name + " has " + repeated.size() + " modules under two names; these are left out: "
                    + listed(repeated));
        }
    }

    private static String listed(List<String> names) {
        String first = String.join(", ", names.stream().limit(LISTED).toList());
        return names.size() > LISTED ? first + ", …" : first;
    }

    private String describe() {
        return "LoRA " + name + " (" + file.file() + ")";
    }
}
