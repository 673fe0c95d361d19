package dev.triptych.diffusion.family;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.controlnet.Controlnet;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * ControlNets over one U-Net: what they find is added up, each as strong as its picture says, in the calls of its
 * window. Reference: diffusers 0.36, pipelines/controlnet/pipeline_controlnet.py, models/controlnets/controlnet.py and
 * multicontrolnet.py.
 *
 * <p>Guess mode, or a first ControlNet that pools, leaves the pass without the text as it is.
 */
final class ControlnetSteering implements Steering {

    /** What guess mode makes of the first skip; the last is left as it is. */
    private static final double WEAKEST = 0.1;

    private final Engine engine;
    private final List<Net> nets;
    private final List<Tensor> nothing;
    private final boolean guess;

    /** A ControlNet with the tensor of its picture. */
    private record Net(Controlnet network, ControlPicture control, Tensor picture) {}

    private ControlnetSteering(Engine engine, List<Net> nets, List<Tensor> nothing, boolean guess) {
        this.engine = engine;
        this.nets = nets;
        this.nothing = nothing;
        this.guess = guess;
    }

    /** The ControlNets among {@code controls} for pictures of {@code size}; an empty list where there are none. */
    static List<Steering> of(
            Engine engine, UnetConfig unet, List<ControlPicture> controls, boolean guess, LatentSize size) {
        List<Net> nets = new ArrayList<>();
        for (ControlPicture control : controls) {
            if (control.model() instanceof ControlModel.OfControlnet model) {
                Controlnet network = model.network();
                nets.add(new Net(network, control, network.picture(control.picture())));
            }
        }
        List<Tensor> nothing = Unet.controlResidualShapes(unet, size.height(), size.width()).stream()
                .map(ControlnetSteering::zeros)
                .toList();
        return nets.isEmpty() ? List.of() : List.of(new ControlnetSteering(engine, nets, nothing, guess));
    }

    /**
     * Checks that {@code control} is a copy of a U-Net's half such as that of {@code unet}.
     *
     * @throws ModelLoadException naming what differs
     */
    static void requireFits(ControlModel.OfControlnet control, UnetConfig unet, String model) {
        UnetConfig half = control.network().config().half();
        requireSame(control, model, "text of width", half.textWidth(), unet.textWidth());
        requireSame(control, model, "levels", widths(half), widths(unet));
        requireSame(control, model, "layers", layers(half), layers(unet));
        requireSame(
                control,
                model,
                "addition_embed_type",
                half.addition().kind(),
                unet.addition().kind());
    }

    private static void requireSame(ControlModel control, String model, String what, Object found, Object expected) {
        if (!found.equals(expected)) {
            throw new ModelLoadException("control " + control.name() + " must be a ControlNet for " + model + ", with "
                    + what + " " + expected + ", but has " + found + ": it is for another model");
        }
    }

    private static List<Integer> widths(UnetConfig config) {
        return config.down().stream().map(UnetConfig.Block::channels).toList();
    }

    private static List<Integer> layers(UnetConfig config) {
        return config.down().stream().map(UnetConfig.Block::layers).toList();
    }

    @Override
    public List<Family.Load> loads(Shape unet) {
        return nets.stream()
                .map(net -> new Family.Load(net.network(), unet))
                .distinct()
                .toList();
    }

    @Override
    public Shape onto(Shape unet) {
        return Unet.withControl(unet);
    }

    @Override
    public Map<String, Tensor> inputs(Evaluation evaluation) {
        boolean leavesBe = evaluation.text().isSteeredAwayFrom() && actsOnTextAlone();
        List<Tensor> sum = nothing;
        if (!leavesBe) {
            for (Net net : nets) {
                if (net.control().acts(evaluation.moment().call())) {
                    sum = sum(sum, found(net, evaluation));
                }
            }
        }
        Map<String, Tensor> inputs = new HashMap<>();
        for (int i = 0; i < sum.size(); i++) {
            inputs.put(Unet.controlResidual(i), sum.get(i));
        }
        return inputs;
    }

    /** diffusers asks the first of several ControlNets whether it pools. */
    private boolean actsOnTextAlone() {
        return guess || nets.get(0).network().config().pooled();
    }

    private List<Tensor> found(Net net, Evaluation evaluation) {
        List<Tensor> residuals =
                net.network().residuals(engine, net.picture(), evaluation.input(), evaluation.cancellation());
        boolean pooled = net.network().config().pooled();
        List<Tensor> scaled = new ArrayList<>();
        for (int i = 0; i < residuals.size(); i++) {
            double factor = guess && !pooled ? guessed(i, residuals.size()) : 1;
            Tensor residual =
                    times(residuals.get(i), (float) (factor * net.control().strength()));
            scaled.add(pooled ? pooled(residual) : residual);
        }
        return scaled;
    }

    /** {@code torch.logspace(-1, 0, count)}: from a tenth to all. */
    static double guessed(int index, int count) {
        return Math.pow(10, Math.log10(WEAKEST) * (1 - index / (count - 1.0)));
    }

    private static Tensor times(Tensor tensor, float factor) {
        float[] values = tensor.values();
        float[] scaled = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            scaled[i] = values[i] * factor;
        }
        return new Tensor(tensor.shape(), scaled);
    }

    /** The mean of each channel everywhere. */
    static Tensor pooled(Tensor tensor) {
        int plane = (int) (tensor.shape()[2] * tensor.shape()[3]);
        float[] means = new float[tensor.values().length];
        for (int from = 0; from < means.length; from += plane) {
            double sum = 0;
            for (int i = from; i < from + plane; i++) {
                sum += tensor.values()[i];
            }
            Arrays.fill(means, from, from + plane, (float) (sum / plane));
        }
        return new Tensor(tensor.shape(), means);
    }

    private static List<Tensor> sum(List<Tensor> some, List<Tensor> more) {
        List<Tensor> sums = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            float[] values = some.get(i).values().clone();
            float[] added = more.get(i).values();
            for (int j = 0; j < values.length; j++) {
                values[j] += added[j];
            }
            sums.add(new Tensor(some.get(i).shape(), values));
        }
        return sums;
    }

    private static Tensor zeros(List<Integer> shape) {
        int elements = shape.stream().reduce(1, Math::multiplyExact);
        return new Tensor(new long[] {1, shape.get(0), shape.get(1), shape.get(2)}, new float[elements]);
    }
}
