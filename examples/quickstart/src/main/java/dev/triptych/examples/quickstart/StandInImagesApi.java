package dev.triptych.examples.quickstart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;

/**
 * A stand-in for OpenAI's images API on this machine. It paints nothing: every prompt gets the same drawing, so that a
 * program can be tried without a key. Thread-safe.
 */
final class StandInImagesApi implements AutoCloseable {

    private static final int EDGE = 1024;

    private final Optional<HttpServer> server;

    private StandInImagesApi(Optional<HttpServer> server) {
        this.server = server;
    }

    /** Starts one on a free port of the loopback address, if {@code wanted}; else there is none. */
    static StandInImagesApi startIf(boolean wanted) throws IOException {
        if (!wanted) {
            return new StandInImagesApi(Optional.empty());
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/images/generations", StandInImagesApi::answer);
        server.start();
        return new StandInImagesApi(Optional.of(server));
    }

    /** What goes into the configuration as {@code base-url}. */
    String baseUrl() {
        InetSocketAddress address = server.orElseThrow().getAddress();
        return "http://" + address.getHostString() + ":" + address.getPort() + "/v1";
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        String picture = Base64.getEncoder().encodeToString(drawing());
        byte[] body =
                ("{\"created\":1,\"data\":[{\"b64_json\":\"" + picture + "\"}]}").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** A sun over the sea. */
    private static byte[] drawing() throws IOException {
        BufferedImage image = new BufferedImage(EDGE, EDGE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(0xe6eaf5));
        graphics.fillRect(0, 0, EDGE, EDGE);
        graphics.setColor(new Color(0xc79a2e));
        graphics.fillOval(EDGE * 5 / 8, EDGE / 5, EDGE / 4, EDGE / 4);
        graphics.setColor(new Color(0x2a478f));
        graphics.fillRect(0, EDGE * 9 / 16, EDGE, EDGE);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    @Override
    public void close() {
        server.ifPresent(each -> each.stop(0));
    }
}
