package dev.triptych.diffusion.family;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.t2iadapter.T2iAdapter;
import dev.triptych.diffusion.network.unet.Unet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * T2I-Adapters over one U-Net: the features of their pictures, found once, each as strong as its picture says, added up
 * and added on the U-Net's way down in both passes of guidance. Reference: diffusers 0.36,
 * pipelines/t2i_adapter/pipeline_stable_diffusion_adapter.py and models/adapter.py, {@code MultiAdapter}. Serves one
 * picture; not thread-safe.
 */
final class T2iAdapterSteering implements Steering {

    private final Engine engine;
    private final List<ControlPicture> controls;
    private final List<List<Integer>> places;

    /**
     * The features of each control as strong as they are, for the places that they have; null before they are found.
     */
    private @Nullable List<List<Tensor>> found;

    private T2iAdapterSteering(Engine engine, List<ControlPicture> controls, List<List<Integer>> places) {
        this.engine = engine;
        this.controls = controls;
        this.places = places;
    }

    /**
     * The T2I-Adapters among {@code controls} for pictures of {@code size}; an empty list where there are none.
     *
     * @throws ModelLoadException if the features of one do not lie over the U-Net's levels
     */
    static List<Steering> of(Engine engine, Unet unet, List<ControlPicture> controls, LatentSize size) {
        List<ControlPicture> adapters = controls.stream()
                .filter(control -> control.model() instanceof ControlModel.OfT2iAdapter)
                .toList();
        if (adapters.isEmpty()) {
            return List.of();
        }
        List<List<Integer>> shapes = unet.adapterFeatureShapes(size.height(), size.width());
        int levels = unet.config().down().size();
        int fed = 0;
        for (ControlPicture control : adapters) {
            fed = Math.max(fed, placesOf(control, shapes, levels));
        }
        return List.of(new T2iAdapterSteering(engine, adapters, shapes.subList(0, fed)));
    }

    /** How many features of {@code control} are added: one for each level, and one at the bottom if it fits there. */
    private static int placesOf(ControlPicture control, List<List<Integer>> shapes, int levels) {
        List<List<Integer>> own = network(control)
                .featureShapes(control.picture().height(), control.picture().width());
        for (int i = 0; i < Math.min(levels, own.size()); i++) {
            if (!own.get(i).equals(shapes.get(i))) {
                throw new ModelLoadException("control " + control.model().name() + " must have features of "
                        + shapes.get(i) + " at level " + i + " of the U-Net but has " + own.get(i)
                        + ": it is for another model");
            }
        }
        boolean fitsAtBottom =
                own.size() > levels && shapes.size() > levels && own.get(levels).equals(shapes.get(levels));
        return fitsAtBottom ? levels + 1 : Math.min(levels, own.size());
    }

    /**
     * Checks that {@code control} has as wide features as the levels of {@code unet}.
     *
     * @throws ModelLoadException naming what differs
     */
    static void requireFits(ControlModel.OfT2iAdapter control, Unet unet, String model) {
        int edge = control.network().config().downscaleFactor()
                << unet.config().down().size();
        List<Integer> found = widths(control.network().featureShapes(edge, edge));
        List<Integer> levels = widths(unet.adapterFeatureShapes(edge, edge))
                .subList(0, unet.config().down().size());
        if (found.size() < levels.size() || !found.subList(0, levels.size()).equals(levels)) {
            throw new ModelLoadException("control " + control.name() + " must be a T2I-Adapter for " + model
                    + ", with features of widths " + levels + ", but has " + found + ": it is for another model");
        }
    }

    private static List<Integer> widths(List<List<Integer>> shapes) {
        return shapes.stream().map(shape -> shape.get(0)).toList();
    }

    private static T2iAdapter network(ControlPicture control) {
        return ((ControlModel.OfT2iAdapter) control.model()).network();
    }

    @Override
    public List<Family.Load> loads(Shape unet) {
        return controls.stream()
                .map(control -> new Family.Load(network(control), T2iAdapter.shape(control.picture())))
                .distinct()
                .toList();
    }

    @Override
    public Shape onto(Shape unet) {
        return Unet.withAdapterFeatures(unet, places.size());
    }

    @Override
    public Map<String, Tensor> inputs(Evaluation evaluation) {
        if (found == null) {
            List<List<Tensor>> all = new ArrayList<>();
            for (ControlPicture control : controls) {
                all.add(network(control).features(engine, control.picture(), evaluation.cancellation()));
            }
            found = all;
        }
        Map<String, Tensor> inputs = new HashMap<>();
        for (int place = 0; place < places.size(); place++) {
            inputs.put(
                    Unet.adapterFeature(place),
                    sum(found, place, evaluation.moment().call()));
        }
        return inputs;
    }

    /** What all adapters that act in {@code call} add at a place. */
    private Tensor sum(List<List<Tensor>> features, int place, int call) {
        List<Integer> shape = places.get(place);
        float[] sum = new float[shape.stream().reduce(1, Math::multiplyExact)];
        for (int i = 0; i < controls.size(); i++) {
            boolean adds = controls.get(i).acts(call) && features.get(i).size() > place;
            float[] values = adds ? features.get(i).get(place).values() : new float[0];
            float strength = (float) controls.get(i).strength();
            for (int j = 0; values.length == sum.length && j < sum.length; j++) {
                sum[j] += strength * values[j];
            }
        }
        return new Tensor(new long[] {1, shape.get(0), shape.get(1), shape.get(2)}, sum);
    }
}
