package dev.triptych.server.a1111;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageSize;
import dev.triptych.ImageUpscaler;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.ImageDecoder;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.pictures.UploadedPicture;
import io.javalin.http.Context;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The web UI's page of extras: pictures made larger by themselves, with the upscalers of the chosen generator. Source:
 * AUTOMATIC1111/stable-diffusion-webui, modules/postprocessing.py and scripts/postprocessing_upscale.py. Thread-safe.
 */
final class WebUiExtras {

    private static final int MAX_EDGE = 8192;
    private static final int USUAL_EDGE = 512;
    private static final String NONE = "None";
    private static final String LANCZOS = "Lanczos";
    private static final String NEAREST = "Nearest";
    private static final String BICUBIC = "Bicubic";

    /** What the web UI could mix in or repair; 0 is without. */
    private static final List<String> UNHEARD =
            List.of("gfpgan_visibility", "codeformer_visibility", "extras_upscaler_2_visibility");

    private final Supplier<ImageGenerator> chosen;

    /** @param chosen the generator whose upscalers are meant */
    WebUiExtras(Supplier<ImageGenerator> chosen) {
        this.chosen = chosen;
    }

    /** Answers {@code extra-single-image}. */
    void single(Context context) {
        ObjectNode body = Bodies.json(context, Bodies.JSON_WITH_PICTURES);
        String image = larger(picture(body.path("image"), "image"), body);
        Bodies.answer(context, 200, Json.object().put("html_info", "").put("image", image));
    }

    /** Answers {@code extra-batch-images}. */
    void batch(Context context) {
        ObjectNode body = Bodies.json(context, Bodies.JSON_WITH_PICTURES);
        ObjectNode answer = Json.object().put("html_info", "");
        ArrayNode images = answer.putArray("images");
        for (JsonNode each : body.path("imageList")) {
            images.add(larger(picture(each.path("data"), "imageList.data"), body));
        }
        Bodies.answer(context, 200, answer);
    }

    /** What {@code upscalers} answers. */
    ArrayNode names() {
        ArrayNode list = Json.array();
        add(list, NONE);
        own().ifPresent(upscaler -> {
            add(list, LANCZOS);
            upscaler.upscalers().stream()
                    .filter(name -> !WebUiHires.isLanczos(name))
                    .sorted()
                    .forEach(name -> add(list, name));
        });
        add(list, NEAREST);
        add(list, BICUBIC);
        return list;
    }

    private static void add(ArrayNode list, String name) {
        list.addObject()
                .put("name", name)
                .putNull("model_name")
                .putNull("model_path")
                .putNull("model_url")
                .put("scale", 4);
    }

    private static ImageInput picture(JsonNode image, String field) {
        if (!image.isTextual()) {
            throw new HttpFailure(404, "HTTPException", "Image not found");
        }
        return UploadedPicture.ofBase64(field, image.textValue());
    }

    private String larger(ImageInput picture, ObjectNode body) {
        Fields fields = new Fields(body);
        for (String field : UNHEARD) {
            if (fields.number(field).orElse(0.0) > 0) {
                throw new HttpFailure(
                        422, "HTTPException", field + " must be 0, for there is no such thing here, but was above");
            }
        }
        boolean bySize = fields.integer("resize_mode").orElse(0) == 1;
        int width = bySize ? fields.integer("upscaling_resize_w").orElse(USUAL_EDGE) : 0;
        int height = bySize ? fields.integer("upscaling_resize_h").orElse(USUAL_EDGE) : 0;
        double across = (double) width / picture.header().width();
        double down = (double) height / picture.header().height();
        double factor = bySize
                ? Math.max(across, down)
                : fields.number("upscaling_resize").orElse(2.0);
        ImageSize size = size(picture, factor);
        byte[] large = upscaled(picture, size, fields.text("upscaler_1").orElse(NONE));
        boolean crops = bySize && fields.truth("upscaling_crop").orElse(true);
        return Base64.getEncoder().encodeToString(crops ? cropped(large, width, height) : large);
    }

    private static ImageSize size(ImageInput picture, double factor) {
        double width = Math.rint(picture.header().width() * factor);
        double height = Math.rint(picture.header().height() * factor);
        if (!(width >= 1 && height >= 1 && width <= MAX_EDGE && height <= MAX_EDGE)) {
            throw new HttpFailure(
                    422,
                    "HTTPException",
                    String.format(
                            Locale.ROOT,
                            "edges must be between 1 and %d but would be %.0f and %.0f",
                            MAX_EDGE,
                            width,
                            height));
        }
        return new ImageSize((int) width, (int) height);
    }

    private byte[] upscaled(ImageInput picture, ImageSize size, String upscaler) {
        if (upscaler.equalsIgnoreCase(NONE)) {
            return ImageDecoder.encodePng(decoded(picture));
        }
        if (upscaler.equalsIgnoreCase(NEAREST)) {
            return drawn(picture, size, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        }
        if (upscaler.equalsIgnoreCase(BICUBIC)) {
            return drawn(picture, size, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        }
        String name = WebUiHires.isLanczos(upscaler) ? LANCZOS.toLowerCase(Locale.ROOT) : upscaler;
        ImageUpscaler own = own().filter(each -> each.upscalers().contains(name))
                .orElseThrow(() -> new HttpFailure(400, "HTTPException", "Upscaler not found"));
        try {
            return own.upscale(picture, size, name, GenerationContext.create()).bytes();
        } catch (UnsupportedRequestException e) {
            throw new HttpFailure(422, "HTTPException", String.valueOf(e.getMessage()));
        }
    }

    private Optional<ImageUpscaler> own() {
        try {
            return Optional.of(chosen.get().unwrap(ImageUpscaler.class));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // of another kind
        }
    }

    private static BufferedImage decoded(ImageInput picture) {
        try {
            return ImageDecoder.decode(picture.bytes());
        } catch (IllegalArgumentException e) {
            throw HttpFailure.badField("image", "image: " + e.getMessage());
        }
    }

    private static byte[] drawn(ImageInput picture, ImageSize size, Object how) {
        BufferedImage pixels = decoded(picture);
        BufferedImage large = new BufferedImage(
                size.width(),
                size.height(),
                pixels.getColorModel().hasAlpha() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = large.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, how);
        graphics.drawImage(pixels, 0, 0, size.width(), size.height(), null);
        graphics.dispose();
        return ImageDecoder.encodePng(large);
    }

    /** The middle of a picture. */
    private static byte[] cropped(byte[] picture, int width, int height) {
        BufferedImage whole = ImageDecoder.decode(picture);
        int newWidth = Math.min(width, whole.getWidth());
        int newHeight = Math.min(height, whole.getHeight());
        if (newWidth == whole.getWidth() && newHeight == whole.getHeight()) {
            return picture;
        }
        return ImageDecoder.encodePng(whole.getSubimage(
                (whole.getWidth() - newWidth) / 2, (whole.getHeight() - newHeight) / 2, newWidth, newHeight));
    }
}
