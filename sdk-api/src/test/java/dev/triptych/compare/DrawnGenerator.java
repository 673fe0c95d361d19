package dev.triptych.compare;

import dev.triptych.Capabilities;
import dev.triptych.Cost;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.Negotiation;
import dev.triptych.media.ImageDecoder;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Draws a landscape that follows from prompt and seed alone, in colours of its own. Every picture takes the same time.
 */
final class DrawnGenerator implements ImageGenerator {

    private final GeneratorInfo info;
    private final Capabilities capabilities;
    private final float hue;
    private final Duration time;
    private final Map<String, ImageGenerationException> refusals = new HashMap<>();
    private @Nullable Cost cost;

    DrawnGenerator(GeneratorInfo info, Capabilities capabilities, float hue, Duration time) {
        this.info = info;
        this.capabilities = capabilities;
        this.hue = hue;
        this.time = time;
    }

    DrawnGenerator costing(Cost value) {
        cost = value;
        return this;
    }

    DrawnGenerator refusing(String prompt, ImageGenerationException error) {
        refusals.put(prompt, error);
        return this;
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        ImageGenerationException refusal = refusals.get(request.prompt());
        if (refusal != null) {
            throw refusal;
        }
        Negotiation.Negotiated negotiated =
                Negotiation.negotiate(request, capabilities, context.negotiation(), info.provider());
        ImageSize size = negotiated.request().size().orElse(capabilities.sizes().standard());
        long seed = negotiated.request().seed().orElse(7);
        long look = 31L * request.prompt().hashCode() + seed;
        GeneratedImage image = GeneratedImage.of(ImageDecoder.encodePng(landscape(size, new Random(look))))
                .withSeed(seed);
        Duration took = time.plusMillis(Math.floorMod(look, 400));
        return new ImageResult(
                List.of(image),
                List.of(),
                negotiated.warnings(),
                Optional.empty(),
                Optional.ofNullable(cost),
                ExecutionRecord.of(
                        info,
                        context,
                        negotiated.request().toBuilder().size(size).build(),
                        took));
    }

    private BufferedImage landscape(ImageSize size, Random random) {
        int width = size.width();
        int height = size.height();
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setPaint(new GradientPaint(0, 0, tone(0.55f, 0.55f, 0.75f), 0, height, tone(0.05f, 0.35f, 0.98f)));
        graphics.fillRect(0, 0, width, height);
        double radius = width * (0.07 + 0.08 * random.nextDouble());
        double sunX = width * (0.2 + 0.6 * random.nextDouble());
        double sunY = height * (0.18 + 0.25 * random.nextDouble());
        graphics.setColor(tone(0.08f, 0.2f, 1));
        graphics.fill(new Ellipse2D.Double(sunX - radius, sunY - radius, 2 * radius, 2 * radius));
        for (int ridge = 0; ridge < 5; ridge++) {
            graphics.setColor(tone(0.5f + 0.03f * ridge, 0.3f + 0.08f * ridge, 0.8f - 0.15f * ridge));
            graphics.fill(ridge(width, height, height * (0.42 + 0.12 * ridge), random));
        }
        graphics.dispose();
        return image;
    }

    private static Path2D ridge(int width, int height, double top, Random random) {
        Path2D path = new Path2D.Double();
        path.moveTo(0, height);
        double phase = random.nextDouble() * 6;
        double wave = 2 + 4 * random.nextDouble();
        for (int x = 0; x <= width; x += Math.max(1, width / 64)) {
            double at = (double) x / width * wave + phase;
            path.lineTo(
                    x, top - height * (0.09 * Math.sin(at) + 0.04 * Math.sin(2.7 * at) + 0.02 * random.nextDouble()));
        }
        path.lineTo(width, height);
        path.closePath();
        return path;
    }

    private Color tone(float shift, float saturation, float brightness) {
        return Color.getHSBColor(hue + 0.25f * shift, saturation, Math.max(0.05f, brightness));
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public GeneratorInfo info() {
        return info;
    }

    @Override
    public void close() {}
}
