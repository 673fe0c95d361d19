package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Embeddings;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.UnetConfig.AdditionKind;
import dev.triptych.diffusion.network.unet.UnetConfig.ClassEmbedding;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.List;

/**
 * The vector that tells each residual block the time, and whatever else joins it: guidance, a class, the pooled prompt,
 * numbers such as the picture's size. Reference: diffusers 0.36, unet_2d_condition.py, {@code forward}, and
 * models/embeddings.py.
 */
final class TimeEmbedding {

    private static final float LAYER_NORM_EPSILON = 1e-5f;

    private final UnetConfig config;
    private final Layers layers;
    private final Shape shape;

    TimeEmbedding(UnetConfig config, Layers layers, Shape shape) {
        this.config = config;
        this.layers = layers;
        this.shape = shape;
    }

    /**
     * Adds everything; {@code prompt} is as it was fed. The result is [1, hidden], or twice that with a class beside.
     */
    Value build(Value prompt) {
        UnetConfig.TimeEmbedding time = config.time();
        Value x = sinusoid(layers.exactInput("timestep", ElementType.FLOAT, layers.pictures(), 1));
        if (time.conditionChannels().isPresent()) {
            int width = time.conditionChannels().get();
            Value condition = layers.input("timestep_cond", ElementType.FLOAT, layers.pictures(), width);
            x = layers.add(x, layers.matrix(condition, "time_embedding.cond_proj", time.channels()));
        }
        x = activatedOrNot(twoMatrices(x, "time_embedding", config.activation()), time.afterMatrices());
        if (config.classes().isPresent()) {
            Value ofClass = ofClass(config.classes().get());
            x = config.classes().get().concatenated() ? layers.concatLast(x, ofClass) : layers.add(x, ofClass);
        }
        if (config.addition().kind() == AdditionKind.TEXT) {
            x = layers.add(x, pooled(prompt));
        } else if (config.addition().kind() == AdditionKind.TEXT_TIME) {
            x = layers.add(x, textAndNumbers());
        }
        return activatedOrNot(x, time.afterSum());
    }

    private Value sinusoid(Value numbers) {
        UnetConfig.TimeEmbedding time = config.time();
        if (!time.fourier()) {
            return Embeddings.sinusoid(layers, numbers, time.channels(), time.cosineFirst(), time.frequencyShift());
        }
        long half = time.channels() / 2;
        Value frequencies = layers.reshape(layers.weights().exact("time_proj.weight", half), 1, half);
        Value turns = layers.reshape(layers.multiply(frequencies, numbers), layers.pictures(), half);
        Value angles = layers.multiply(turns, layers.exactConstant((float) (2 * Math.PI)));
        return Embeddings.sinesAndCosines(layers, angles, time.cosineFirst());
    }

    private Value twoMatrices(Value x, String prefix, String activation) {
        Value hidden = layers.linear(x, prefix + ".linear_1", config.time().hidden());
        return layers.linear(
                layers.activation(hidden, activation),
                prefix + ".linear_2",
                config.time().hidden());
    }

    private Value activatedOrNot(Value x, String activation) {
        return activation.isEmpty() ? x : layers.activation(x, activation);
    }

    private Value ofClass(ClassEmbedding classes) {
        int hidden = config.time().hidden();
        String prefix = "class_embedding";
        return switch (classes.kind()) {
            case "table" -> {
                Value label = layers.input("class_labels", ElementType.INT32, layers.pictures(), 1);
                Value row = layers.weights().lookup(prefix + ".weight", label, classes.size(), hidden);
                yield layers.reshape(row, layers.pictures(), hidden);
            }
            case "timestep" ->
                twoMatrices(
                        sinusoid(layers.exactInput("class_labels", ElementType.FLOAT, layers.pictures(), 1)),
                        prefix,
                        config.activation());
            case "projection" -> twoMatrices(labels(classes.size()), prefix, "silu");
            case "simple_projection" -> layers.linear(labels(classes.size()), prefix, hidden);
            default -> labels(classes.size()); // identity
        };
    }

    private Value labels(int width) {
        return layers.input("class_labels", ElementType.FLOAT, layers.pictures(), width);
    }

    /** SDXL: the pooled prompt beside the sines and cosines of each number. */
    private Value textAndNumbers() {
        UnetConfig.Addition addition = config.addition();
        int count = shape.get(UnetGraph.TIME_IDS);
        int numbersWidth = count * addition.timeChannels();
        Value text =
                layers.input("text_embeds", ElementType.FLOAT, layers.pictures(), addition.inputs() - numbersWidth);
        Value numbers = Embeddings.sinusoid(
                layers,
                layers.exactInput("time_ids", ElementType.FLOAT, layers.pictures(), count),
                addition.timeChannels(),
                config.time().cosineFirst(),
                config.time().frequencyShift());
        Value both = layers.concatLast(text, numbers);
        return twoMatrices(both, "add_embedding", "silu");
    }

    /** The prompt's embeddings pooled: a query made of their mean looks at itself and at all of them. */
    private Value pooled(Value prompt) {
        String prefix = "add_embedding";
        long width = prompt.dim(2);
        Value tokens = layers.layerNorm(prompt, layers.zerosLike(prompt), prefix + ".norm1", LAYER_NORM_EPSILON)
                .value();
        String mean = layers.graph()
                .node("ReduceMean", List.of(tokens.name(), layers.graph().constant(1)), Attribute.of("keepdims", 1));
        Value position =
                layers.reshape(layers.weights().floats(prefix + ".pool.positional_embedding", 1, width), 1, 1, width);
        Value query = layers.add(new Value(mean, layers.pictures(), 1, width), position);
        Value all = layers.concatTokens(query, tokens);
        Value attended = Attention.multiHead(
                layers,
                layers.linear(query, prefix + ".pool.q_proj", width),
                layers.linear(all, prefix + ".pool.k_proj", width),
                layers.linear(all, prefix + ".pool.v_proj", width),
                config.addition().heads(),
                false);
        long hidden = config.time().hidden();
        Value projected =
                layers.linear(layers.reshape(attended, layers.pictures(), 1, width), prefix + ".proj", hidden);
        Value normal = layers.layerNorm(projected, layers.zerosLike(projected), prefix + ".norm2", LAYER_NORM_EPSILON)
                .value();
        return layers.reshape(normal, layers.pictures(), hidden);
    }
}
