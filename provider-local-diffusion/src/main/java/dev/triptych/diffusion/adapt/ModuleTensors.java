package dev.triptych.diffusion.adapt;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.adapt.Kronecker.Factor;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The tensors that an adapter has for one module, and the change that they are together. Shapes are checked here;
 * numbers are read when the change is made. The formulas are those of LoRA, LyCORIS and PEFT; each stands with its
 * class.
 */
final class ModuleTensors {

    private final String file;
    private final String module;
    private final Map<Role, Weight> tensors = new EnumMap<>(Role.class);

    /**
     * @param file for messages
     * @param module as the file spells it
     */
    ModuleTensors(String file, String module) {
        this.file = file;
        this.module = module;
    }

    /** Adds a tensor; false where the module has one of that role already. */
    boolean add(Role role, Weight tensor) {
        return tensors.putIfAbsent(role, tensor) == null;
    }

    boolean has(Role role) {
        return tensors.containsKey(role);
    }

    /** The tensor that is {@code role} to the module. */
    Optional<Weight> tensor(Role role) {
        return Optional.ofNullable(tensors.get(role));
    }

    /** Whether it is but a number that belongs to nothing, as some tools leave behind. */
    boolean isEmpty() {
        return tensors.keySet().stream().allMatch(role -> role == Role.ALPHA || role == Role.SCALE);
    }

    /** Whether it is a {@code .weight} with nothing that makes it IA3's. */
    boolean isOnlyFactors() {
        return has(Role.FACTORS)
                && tensors.keySet().stream()
                        .allMatch(role -> role == Role.FACTORS || role == Role.ALPHA || role == Role.SCALE);
    }

    /** The rank, where there is one factor that shows it. */
    int rank() {
        for (Role factor : List.of(Role.DOWN, Role.HADA_W1_B, Role.LOKR_W2_B, Role.LOKR_W1_B, Role.GLORA_A2)) {
            if (has(factor)) {
                return Math.toIntExact(rows(factor));
            }
        }
        return 0;
    }

    /** What is done to the bias. */
    Optional<Change> ofBias() {
        return has(Role.BIAS_DIFFERENCE) ? Optional.of(difference(Role.BIAS_DIFFERENCE)) : Optional.empty();
    }

    /**
     * What is done to the weight.
     *
     * @param target the weight's shape
     * @param stated the scale that stands beside the file, which counts where the module has no alpha
     * @throws ModelLoadException if tensors are missing or do not fit each other
     */
    Optional<Change> ofWeight(List<Long> target, OptionalDouble stated) {
        int places = places(target);
        Optional<Change> change = kind(target, places, stated);
        if (!has(Role.MAGNITUDE) && !has(Role.OUTPUT_MAGNITUDE)) {
            return change;
        }
        return Optional.of(
                decomposed(change.orElseThrow(() -> wrong("dora_scale must come with factors but is alone")), places));
    }

    private Optional<Change> kind(List<Long> target, int places, OptionalDouble stated) {
        if (has(Role.UP) || has(Role.DOWN)) {
            return Optional.of(lowRank(stated));
        }
        if (has(Role.HADA_W1_A) || has(Role.HADA_W1_B)) {
            return Optional.of(hadamard(stated));
        }
        if (has(Role.LOKR_W1) || has(Role.LOKR_W1_A)) {
            return Optional.of(kronecker(places, stated));
        }
        if (has(Role.GLORA_A1) || has(Role.GLORA_B1)) {
            return Optional.of(glora(target, places, stated));
        }
        if (has(Role.ON_INPUT)) {
            return Optional.of(channelFactors(target, places));
        }
        if (has(Role.DIFFERENCE)) {
            return Optional.of(difference(Role.DIFFERENCE));
        }
        return Optional.empty();
    }

    private Change lowRank(OptionalDouble stated) {
        Weight up = require(Role.UP);
        Weight down = require(Role.DOWN);
        Factors factors = has(Role.MID) ? core(Role.MID, up, down, false) : product(up, down);
        return new LowRank(factors, scale(factors.rank(), stated));
    }

    private Change hadamard(OptionalDouble stated) {
        boolean cores = has(Role.HADA_T1);
        Factors first = cores
                ? core(Role.HADA_T1, require(Role.HADA_W1_A), require(Role.HADA_W1_B), true)
                : product(require(Role.HADA_W1_A), require(Role.HADA_W1_B));
        Factors second = cores
                ? core(Role.HADA_T2, require(Role.HADA_W2_A), require(Role.HADA_W2_B), true)
                : product(require(Role.HADA_W2_A), require(Role.HADA_W2_B));
        if (first.rows() != second.rows() || first.columns() != second.columns()) {
            throw wrong("the two products must be of one size but are " + first.rows() + "x" + first.columns() + " and "
                    + second.rows() + "x" + second.columns());
        }
        return new Hadamard(first, second, scale(first.rank(), stated));
    }

    /** Alpha counts only where a factor is a product; its rank is the second's, or else the first's. */
    private Change kronecker(int places, OptionalDouble stated) {
        boolean whole = has(Role.LOKR_W1) && has(Role.LOKR_W2);
        Factor first = has(Role.LOKR_W1)
                ? matrix(require(Role.LOKR_W1))
                : Factor.of(product(require(Role.LOKR_W1_A), require(Role.LOKR_W1_B)));
        Factor second = has(Role.LOKR_W2) ? matrix(require(Role.LOKR_W2)) : Factor.of(secondProduct());
        if (second.columns() % places != 0) {
            throw wrong("lokr_w2 must have columns for " + places + " places of a kernel but has " + second.columns());
        }
        int rank = Math.toIntExact(has(Role.LOKR_W2_B) ? rows(Role.LOKR_W2_B) : whole ? 1 : rows(Role.LOKR_W1_B));
        return new Kronecker(first, second, places, whole ? 1 : scale(rank, stated));
    }

    private Factors secondProduct() {
        Weight a = require(Role.LOKR_W2_A);
        Weight b = require(Role.LOKR_W2_B);
        return has(Role.LOKR_T2) ? core(Role.LOKR_T2, a, b, true) : product(a, b);
    }

    /** Old files of LyCORIS have the rank on the other axes and the factors in the other order. */
    private Change glora(List<Long> target, int places, OptionalDouble stated) {
        Weight a1 = require(Role.GLORA_A1);
        Weight a2 = require(Role.GLORA_A2);
        Weight b1 = require(Role.GLORA_B1);
        Weight b2 = require(Role.GLORA_B2);
        if (has(Role.GLORA_BM)) {
            throw wrong("a GLoRA with a Tucker core (bm) is not supported");
        }
        boolean isNew = width(b1) == b2.dims().get(0)
                && width(a1) == a2.dims().get(0)
                && b1.dims().get(0).equals(target.get(0));
        Factors sum = isNew ? product(b1, b2) : product(b2, b1);
        Factors mixing = isNew ? product(a1, a2) : product(a2, a1);
        if (mixing.rows() != mixing.columns() || mixing.columns() * places != sum.columns()) {
            throw wrong("a1 and a2 must mix the inputs that b1 and b2 have but do not: " + a1.dims() + ", " + a2.dims()
                    + ", " + b1.dims() + ", " + b2.dims());
        }
        return new Glora(sum, mixing, places, scale(sum.rank(), stated));
    }

    private Change channelFactors(List<Long> target, int places) {
        Weight factors = require(Role.FACTORS);
        boolean onInput = Weights.number(require(Role.ON_INPUT)) != 0;
        int rows = Math.toIntExact(target.get(0));
        int columns = Math.toIntExact(Weight.elements(target) / rows);
        long wanted = onInput ? columns / places : rows;
        if (factors.elements() != wanted) {
            throw wrong("weight must hold a factor for each of " + wanted + (onInput ? " inputs" : " outputs")
                    + " but has the shape " + factors.dims());
        }
        return new ChannelFactors(rows, columns, places, onInput, factors::values);
    }

    private Change difference(Role role) {
        Weight difference = require(role);
        int rows = difference.dims().isEmpty()
                ? 1
                : Math.toIntExact(difference.dims().get(0));
        return new Difference(rows, Math.toIntExact(difference.elements() / Math.max(1, rows)), difference::values);
    }

    /**
     * PEFT's lengths are the outputs'. Those of others are, if the first axis has as many and all others one; else they
     * are the inputs'.
     */
    private Change decomposed(Change change, int places) {
        boolean peft = has(Role.OUTPUT_MAGNITUDE);
        Weight magnitude = require(peft ? Role.OUTPUT_MAGNITUDE : Role.MAGNITUDE);
        List<Long> dims = magnitude.dims();
        boolean byOutput =
                magnitude.elements() == change.rows() && (peft || (!dims.isEmpty() && dims.get(0) == change.rows()));
        if (!byOutput && (peft || magnitude.elements() != change.columns() / places)) {
            throw wrong("dora_scale must have a length for each of " + change.rows() + " outputs or "
                    + change.columns() / places + " inputs but has the shape " + dims);
        }
        return new Decomposed(change, places, byOutput, magnitude::values);
    }

    private float scale(int rank, OptionalDouble stated) {
        if (has(Role.SCALE)) {
            return (float) Weights.number(require(Role.SCALE));
        }
        if (has(Role.ALPHA)) {
            return (float) (Weights.number(require(Role.ALPHA)) / rank);
        }
        return (float) stated.orElse(1);
    }

    /** {@code left [rows, rank, …] · right [rank, columns, …]}, kernels flattened. */
    private Factors product(Weight left, Weight right) {
        long rank = right.dims().isEmpty() ? 0 : right.dims().get(0);
        if (left.dims().isEmpty() || rank == 0 || width(left) != rank) {
            throw wrong("its factors must have one rank but have the shapes " + left.dims() + " and " + right.dims());
        }
        return new Factors(
                Math.toIntExact(left.dims().get(0)),
                Math.toIntExact(rank),
                Math.toIntExact(width(right)),
                left::values,
                right::values);
    }

    /**
     * A Tucker core between two factors: {@code Σ over m, n of left[o, m] · core[m, n, y, x] · right[n, i]}. The core
     * and the right factor become one factor [m, i · places].
     *
     * @param turned whether the left factor has the rank first, as LoHa and LoKr have it
     */
    private Factors core(Role role, Weight left, Weight right, boolean turned) {
        Weight core = require(role);
        boolean fits = core.dims().size() == 4
                && !right.dims().isEmpty()
                && left.dims().size() >= 2
                && core.dims().get(1).equals(right.dims().get(0))
                && core.dims()
                        .get(0)
                        .equals(turned ? left.dims().get(0) : left.dims().get(1))
                && (turned
                        ? left.dims().size() == 2
                        : width(left) == core.dims().get(0));
        if (!fits) {
            throw wrong("its core must fit its factors but they have the shapes " + left.dims() + ", " + core.dims()
                    + " and " + right.dims());
        }
        int places = Math.toIntExact(core.dims().get(2) * core.dims().get(3));
        int rank = Math.toIntExact(core.dims().get(0));
        int inner = Math.toIntExact(core.dims().get(1));
        int inputs = Math.toIntExact(width(right));
        Weight plain = turned ? left.transposed() : left;
        return new Factors(
                Math.toIntExact(plain.dims().get(0)),
                rank,
                Math.multiplyExact(inputs, places),
                plain::values,
                () -> withCore(core.values(), right.values(), new int[] {rank, inner, places, inputs}));
    }

    /** @param sizes rank, inner rank, places, inputs */
    private static float[] withCore(float[] core, float[] right, int[] sizes) {
        int inner = sizes[1];
        int places = sizes[2];
        int inputs = sizes[3];
        float[] joined = new float[sizes[0] * inputs * places];
        for (int m = 0; m < sizes[0]; m++) {
            for (int n = 0; n < inner; n++) {
                for (int input = 0; input < inputs; input++) {
                    float factor = right[n * inputs + input];
                    int to = (m * inputs + input) * places;
                    int from = (m * inner + n) * places;
                    for (int place = 0; place < places; place++) {
                        joined[to + place] += core[from + place] * factor;
                    }
                }
            }
        }
        return joined;
    }

    private Factor matrix(Weight tensor) {
        if (tensor.dims().size() < 2) {
            throw wrong("a whole factor must be a matrix but has the shape " + tensor.dims());
        }
        return new Factor(Math.toIntExact(tensor.dims().get(0)), Math.toIntExact(width(tensor)), tensor::values);
    }

    private static long width(Weight tensor) {
        return tensor.dims().isEmpty() || tensor.dims().get(0) == 0
                ? 0
                : tensor.elements() / tensor.dims().get(0);
    }

    private long rows(Role role) {
        List<Long> dims = require(role).dims();
        return dims.isEmpty() ? 0 : dims.get(0);
    }

    private static int places(List<Long> target) {
        return target.size() == 4 ? Math.toIntExact(target.get(2) * target.get(3)) : 1;
    }

    private Weight require(Role role) {
        Weight tensor = tensors.get(role);
        if (tensor == null) {
            throw wrong("it must have a tensor for " + role.name().toLowerCase(Locale.ROOT) + " but has only "
                    + tensors.values().stream().map(Weight::name).toList());
        }
        return tensor;
    }

    private ModelLoadException wrong(String what) {
        return new ModelLoadException(file + ": module " + module + ": " + what);
    }
}
