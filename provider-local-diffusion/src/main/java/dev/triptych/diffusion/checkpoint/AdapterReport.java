package dev.triptych.diffusion.checkpoint;

import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a LoRA or one of its kin, or a textual inversion, says of itself by names, shapes and metadata. */
final class AdapterReport {

    /** Ends of names and the kind that each belongs to; the first that occurs names the file. */
    private static final Map<String, String> KINDS = kinds();

    private static final Pattern DOWN =
            Pattern.compile("(.*?)(?:\\.lora_down\\.weight|\\.lora_A(?:\\.\\w+)?(?:\\.weight)?|[._]lora\\.down\\.weight"
                    + "|\\.lora_linear_layer\\.down\\.weight|\\.down\\.weight)");

    private static final Pattern FACTOR = Pattern.compile("(.*?)\\.(?:hada_w1_b|lokr_w2_b|lokr_w1_b)");

    private static final int MOST_ALPHAS = 200;

    private AdapterReport() {}

    private static Map<String, String> kinds() {
        Map<String, String> kinds = new LinkedHashMap<>();
        kinds.put("dora_scale", "DoRA");
        kinds.put("lora_magnitude_vector", "DoRA");
        kinds.put("lora_magnitude_vector.weight", "DoRA");
        kinds.put("hada_w1_a", "LoHa");
        kinds.put("lokr_w1", "LoKr");
        kinds.put("lokr_w1_a", "LoKr");
        kinds.put("on_input", "IA3");
        kinds.put("a1.weight", "GLoRA");
        kinds.put("oft_blocks", "OFT");
        kinds.put("oft_diag", "OFT");
        kinds.put("lora_mid.weight", "LoCon (Tucker)");
        kinds.put("diff", "full difference");
        kinds.put("w_norm", "norms");
        return kinds;
    }

    /** A LoRA's kind, base, rank and reach. */
    static Map<String, String> ofLora(Weights file) {
        Map<String, List<Long>> shapes = file.shapes();
        Map<String, String> metadata = file.metadata();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("kind", kind(shapes));
        facts.put("made for", base(shapes, metadata));
        Set<Long> ranks = new TreeSet<>();
        Set<String> modules = new TreeSet<>();
        shapes.forEach((name, dims) -> {
            for (Pattern pattern : new Pattern[] {DOWN, FACTOR}) {
                Matcher found = pattern.matcher(name);
                if (found.matches() && !dims.isEmpty()) {
                    ranks.add(dims.get(0));
                    modules.add(found.group(1));
                }
            }
        });
        if (!ranks.isEmpty()) {
            facts.put("rank", listed(ranks));
        }
        Set<String> alphas = alphas(file);
        if (!alphas.isEmpty()) {
            facts.put("alpha", String.join(", ", alphas));
        }
        facts.put("reach", reach(shapes.keySet()));
        facts.put("modules", Integer.toString(modules(shapes.keySet(), modules)));
        return facts;
    }

    /** The different values of alpha, of the first modules: each is one number in the file. */
    private static Set<String> alphas(Weights file) {
        return file.names().stream()
                .filter(name -> name.endsWith(".alpha"))
                .limit(MOST_ALPHAS)
                .flatMap(name -> file.tensor(name).stream())
                .filter(tensor -> tensor.elements() == 1)
                .filter(tensor ->
                        !(tensor instanceof FileWeight stored) || stored.dtype().isFloat())
                .map(tensor -> tensor.values()[0])
                .map(alpha -> alpha % 1 == 0 ? Integer.toString(Math.round(alpha)) : Float.toString(alpha))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static int modules(Set<String> names, Set<String> ranked) {
        Set<String> modules = new TreeSet<>(ranked);
        for (String name : names) {
            for (String end : KINDS.keySet()) {
                if (name.endsWith("." + end)) {
                    modules.add(name.substring(0, name.length() - end.length() - 1));
                }
            }
        }
        return modules.size();
    }

    private static String kind(Map<String, List<Long>> shapes) {
        for (Map.Entry<String, String> kind : KINDS.entrySet()) {
            if (shapes.keySet().stream().anyMatch(name -> name.endsWith("." + kind.getKey()))) {
                return kind.getValue();
            }
        }
        boolean convolves = shapes.entrySet().stream()
                .anyMatch(entry -> entry.getKey().contains("lora_down")
                        && entry.getValue().size() == 4
                        && entry.getValue().get(2) > 1);
        return convolves ? "LoCon" : "LoRA";
    }

    private static String base(Map<String, List<Long>> shapes, Map<String, String> metadata) {
        String said =
                metadata.getOrDefault("ss_base_model_version", metadata.getOrDefault("modelspec.architecture", ""));
        return said.isEmpty() ? baseByNames(shapes).orElse("a model that it does not name") : said;
    }

    private static Optional<String> baseByNames(Map<String, List<Long>> shapes) {
        for (Map.Entry<String, List<Long>> entry : shapes.entrySet()) {
            String name = entry.getKey().replace('.', '_');
            if (name.contains("double_blocks") || name.contains("single_transformer_blocks")) {
                return Optional.of("FLUX");
            }
            if (name.contains("joint_blocks") || name.contains("add_k_proj")) {
                return Optional.of("Stable Diffusion 3 or FLUX");
            }
            if (name.contains("layers_0_attention_") || name.contains("noise_refiner")) {
                return Optional.of("Z-Image");
            }
            boolean readsText =
                    name.contains("attn2_to_k") && DOWN.matcher(entry.getKey()).matches();
            if (readsText && entry.getValue().size() >= 2) {
                return Optional.of(byTextWidth(entry.getValue().get(1)));
            }
        }
        return Optional.empty();
    }

    private static String byTextWidth(long width) {
        return switch ((int) Math.min(width, Integer.MAX_VALUE)) {
            case 768 -> "Stable Diffusion 1";
            case 1024 -> "Stable Diffusion 2";
            case 2048 -> "Stable Diffusion XL";
            case 1280 -> "Stable Diffusion XL refiner";
            default -> "a U-Net of text width " + width;
        };
    }

    private static String reach(Set<String> names) {
        List<String> reach = new ArrayList<>();
        boolean text = names.stream()
                .anyMatch(name -> name.startsWith("lora_te")
                        || name.startsWith("text_encoder")
                        || name.startsWith("clip_l.")
                        || name.startsWith("clip_g."));
        boolean denoiser = names.stream()
                .anyMatch(name -> !name.startsWith("lora_te")
                        && !name.startsWith("text_encoder")
                        && !name.startsWith("bundle_emb."));
        if (denoiser) {
            reach.add("denoiser");
        }
        if (text) {
            reach.add("text encoder");
        }
        if (names.stream().anyMatch(name -> name.startsWith("bundle_emb."))) {
            reach.add("new words");
        }
        return String.join(", ", reach);
    }

    /** A textual inversion's vectors and the text encoders that they fit. */
    static Map<String, String> ofEmbedding(Map<String, List<Long>> shapes, String stem) {
        Map<String, String> facts = new LinkedHashMap<>();
        Map<Long, Long> vectors = new TreeMap<>();
        shapes.forEach((name, dims) -> {
            if (!dims.isEmpty()) {
                vectors.put(dims.get(dims.size() - 1), dims.size() == 1 ? 1 : dims.get(0));
            }
        });
        String only = shapes.size() == 1 ? shapes.keySet().iterator().next() : "";
        boolean named = !only.isEmpty() && !only.equals("emb_params") && !only.contains("*") && !only.contains("param");
        facts.put("token", named ? only : stem);
        List<String> widths = new ArrayList<>();
        vectors.forEach((width, count) -> widths.add(count + " of width " + width));
        facts.put("vectors", String.join(", ", widths));
        return facts;
    }

    private static String listed(Set<Long> numbers) {
        return String.join(", ", numbers.stream().map(String::valueOf).toList());
    }
}
