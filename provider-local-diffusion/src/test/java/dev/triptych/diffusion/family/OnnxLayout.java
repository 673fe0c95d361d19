package dev.triptych.diffusion.family;

import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.unet.Unet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Exports a tiny checkpoint in optimum's layout, {@code unet/model.onnx} and so on. The graphs are our own, for one
 * size; each one's weights move beside it, as an export's {@code model.onnx_data}.
 */
final class OnnxLayout {

    private OnnxLayout() {}

    static Path export(String name, Path target) throws IOException {
        // In two moves: the graphs name their weights by place, and the places must exist while they are built.
        Path folder = GoldenCheckpoints.copy(name, target);
        StableDiffusionParts parts = StableDiffusionParts.read(Checkpoint.open(folder));
        ModelGraph text = parts.texts().get(0).encoder().graph(ClipTextEncoder.shape(77, 0));
        ModelGraph unet = parts.unet().graph(Unet.shape(8, 8, 77, 0));
        ModelGraph decoder = parts.vae().decoder().graph(Shape.of(8, 8));
        ModelGraph encoder = parts.vae().encoder().graph(Shape.of(64, 64));
        for (String half : new String[] {"vae_decoder", "vae_encoder"}) {
            Files.createDirectories(folder.resolve(half));
            for (String file : new String[] {"config.json", "diffusion_pytorch_model.safetensors"}) {
                Files.copy(
                        folder.resolve("vae").resolve(file),
                        folder.resolve(half).resolve(file));
            }
        }
        write(text, folder, "text_encoder", "text_encoder", "model.safetensors");
        write(unet, folder, "unet", "unet", "diffusion_pytorch_model.safetensors");
        write(decoder, folder, "vae", "vae_decoder", "diffusion_pytorch_model.safetensors");
        write(encoder, folder, "vae", "vae_encoder", "diffusion_pytorch_model.safetensors");
        try (Stream<Path> files = Files.walk(folder.resolve("vae"))) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
        return folder;
    }

    /**
     * Writes a graph with its weights renamed. A location is a length-prefixed text, so the new name is made as long as
     * the old one with "./" in front, which changes no place.
     */
    private static void write(ModelGraph graph, Path folder, String from, String to, String weights)
            throws IOException {
        String old = graph.weightsRoot()
                .relativize(folder.toRealPath().resolve(from).resolve(weights))
                .toString();
        String name = "model.onnx_data";
        String dots = "./".repeat((old.length() - name.length()) / 2);
        String padded = dots.length() + name.length() == old.length() ? dots + name : dots + "m" + name;
        Path data = folder.resolve(to).resolve(padded.substring(dots.length()));
        byte[] model = new String(graph.model(), StandardCharsets.ISO_8859_1)
                .replace(old, padded)
                .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve(to).resolve("model.onnx"), model);
        Files.move(folder.resolve(to).resolve(weights), data);
    }
}
