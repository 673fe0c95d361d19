package dev.triptych.media;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Optional;

/**
 * The font of captions, and whether this system can draw with it: slim images have none, and then Java fails in ways of
 * its own, Errors among them.
 */
final class CaptionFont {

    static final int SIZE = 13;

    private CaptionFont() {}

    /** Looked for once: a failed set-up of fonts stays failed for the life of the process. */
    private static final class Found {
        static final Optional<String> TROUBLE = trouble(CaptionFont::drawSomething);
    }

    /** Why nothing can be written into a picture here; empty if it can. */
    static Optional<String> trouble() {
        return Found.TROUBLE;
    }

    /** Whatever {@code drawing} throws, but for a lack of memory. */
    static Optional<String> trouble(Runnable drawing) {
        try {
            drawing.run();
            return Optional.empty();
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            Throwable innermost = e;
            while (innermost.getCause() != null) {
                innermost = innermost.getCause();
            }
            return Optional.of(
                    innermost.getMessage() == null ? innermost.getClass().getSimpleName() : innermost.getMessage());
        }
    }

    private static void drawSomething() {
        Graphics2D graphics = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB).createGraphics();
        graphics.setFont(font());
        graphics.drawString("x", 0, graphics.getFontMetrics().getAscent());
        graphics.dispose();
    }

    static Font font() {
        return new Font(Font.SANS_SERIF, Font.PLAIN, SIZE);
    }
}
