package dev.triptych.diffusion.network.t2iadapter;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The config of a {@code T2IAdapter}. Defaults are those of diffusers 0.36, models/adapter.py.
 *
 * @param kind how its blocks are made
 * @param inChannels channels of the control picture: 3, or 1 for grey ones
 * @param channels the width of each block's feature, from the largest picture to the smallest; a light one has a block
 *     more, as wide as the last
 * @param residualBlocks in each block, at least 1
 * @param downscaleFactor how many pixels of an edge are one of the first feature
 */
public record T2iAdapterConfig(
        Kind kind, int inChannels, List<Integer> channels, int residualBlocks, int downscaleFactor) {

    /** The class that a config names. */
    public static final String CLASS = "T2IAdapter";

    private static final Set<String> KINDS = Set.of("full_adapter", "full_adapter_xl", "light_adapter");

    /** How an adapter is made. */
    public enum Kind {
        /** For Stable Diffusion 1 and 2. */
        FULL,
        /** For SDXL: its second block has the size of the first, its fourth that of the third. */
        FULL_XL,
        /** A tenth of the size: each block computes in a quarter of its width. */
        LIGHT
    }

    /** Copies the list. */
    public T2iAdapterConfig {
        channels = List.copyOf(channels);
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if it is not one of a T2I-Adapter, or asks for what there is no graph for
     */
    public static T2iAdapterConfig read(ConfigFile config) {
        config.oneOf("_class_name", CLASS, Set.of(CLASS));
        Kind kind = switch (config.oneOf("adapter_type", "full_adapter", KINDS)) {
            case "full_adapter_xl" -> Kind.FULL_XL;
            case "light_adapter" -> Kind.LIGHT;
            default -> Kind.FULL;
        };
        int inChannels = config.positive("in_channels", 3);
        if (inChannels != 1 && inChannels != 3) {
            throw config.wrong("in_channels", "1 or 3");
        }
        List<Integer> channels = config.integers("channels", List.of(320, 640, 1280, 1280));
        boolean whole = channels.stream().allMatch(width -> width > 0 && (kind != Kind.LIGHT || width % 4 == 0));
        if (channels.isEmpty() || !whole) {
            throw config.wrong(
                    "channels",
                    kind == Kind.LIGHT ? "a list of widths that are multiples of 4" : "a list of widths above 0");
        }
        return new T2iAdapterConfig(
                kind,
                inChannels,
                channels,
                config.positive("num_res_blocks", 2),
                config.positive("downscale_factor", 8));
    }

    /** The blocks, in the order in which they are computed; each gives a feature. */
    List<Block> blocks() {
        int folded = inChannels * downscaleFactor * downscaleFactor;
        return IntStream.range(0, kind == Kind.LIGHT ? channels.size() + 1 : channels.size())
                .mapToObj(index -> block(index, folded))
                .toList();
    }

    private Block block(int index, int folded) {
        int before = index == 0 ? channels.get(0) : channels.get(index - 1);
        int own = channels.get(Math.min(index, channels.size() - 1));
        return switch (kind) {
            case FULL -> new Block(before, own, index > 0);
            case FULL_XL -> new Block(index == 1 || index == 2 ? before : own, own, index == 2);
            case LIGHT -> new Block(index == 0 ? folded : before, own, index > 0);
        };
    }

    /**
     * A block.
     *
     * @param in the width of what it reads
     * @param out the width of its feature
     * @param halves whether height and width are halved first
     */
    record Block(int in, int out, boolean halves) {}
}
