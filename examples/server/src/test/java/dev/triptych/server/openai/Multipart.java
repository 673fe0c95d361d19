package dev.triptych.server.openai;

import dev.triptych.server.TestServer;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Forms with pictures, as clients send them. */
final class Multipart {

    private Multipart() {}

    /** One part of a form: its headers after the name, and what it holds. */
    record Part(String name, String headers, ByteBuffer bytes) {}

    static Part text(String name, String value) {
        return new Part(name, "", ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }

    static Part file(String name, byte[] bytes) {
        return file(name, "a.png", "application/octet-stream", bytes);
    }

    static Part file(String name, String fileName, String type, byte[] bytes) {
        return new Part(name, "; filename=\"" + fileName + "\"\r\nContent-Type: " + type, ByteBuffer.wrap(bytes));
    }

    /** The answer to a form of these parts. */
    static HttpResponse<String> post(TestServer server, String path, Part... parts) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Part part : parts) {
            body.writeBytes(("--x\r\nContent-Disposition: form-data; name=\"" + part.name() + "\"" + part.headers()
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            body.writeBytes(part.bytes().array());
            body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        body.writeBytes("--x--\r\n".getBytes(StandardCharsets.US_ASCII));
        return server.send(server.request(path)
                .header("Content-Type", "multipart/form-data; boundary=x")
                .POST(BodyPublishers.ofByteArray(body.toByteArray())));
    }
}
