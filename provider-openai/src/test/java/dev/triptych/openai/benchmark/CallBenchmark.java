package dev.triptych.openai.benchmark;

import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.openai.OpenAiImageGenerator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSink;
import okio.Okio;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * A whole call without a network: negotiate, write the body, hand it over to another thread, read the answer and make
 * the result. An interceptor answers in the server's place.
 *
 * <p>Run {@link #main(String[])} with the test class path.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class CallBenchmark {

    private static final int PICTURE = 1_500_000;
    private static final int SMALLEST = 64;
    private static final ImageRequest REQUEST = ImageRequest.builder()
            .prompt("a red fox in the snow")
            .size(1024, 1024)
            .build();

    private final OpenAiImageGenerator large = generator(PICTURE);
    private final OpenAiImageGenerator small = generator(SMALLEST);

    /** A benchmark with both its servers. */
    public CallBenchmark() {}

    /** A picture of 1.5 MB, 2 MB as base64. */
    @Benchmark
    public ImageResult pictureOf1500Kilobytes() {
        return large.generate(REQUEST);
    }

    /** A picture of 64 bytes: everything but the picture. */
    @Benchmark
    public ImageResult smallestPicture() {
        return small.generate(REQUEST);
    }

    private static OpenAiImageGenerator generator(int size) {
        byte[] answer = answer(size);
        return OpenAiImageGenerator.builder()
                .apiKey("sk-benchmark")
                .httpClient(new OkHttpClient.Builder()
                        .addInterceptor(chain -> serve(chain, answer))
                        .build())
                .build();
    }

    private static byte[] answer(int size) {
        byte[] picture = new byte[size];
        new Random(7).nextBytes(picture);
        byte[] header = {
            (byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 4, 0, 0, 0, 4, 0
        };
        System.arraycopy(header, 0, picture, 0, header.length);
        return ("{\"created\":1,\"data\":[{\"b64_json\":\""
                        + Base64.getEncoder().encodeToString(picture)
                        + "\"}],\"usage\":{\"input_tokens\":13,\"output_tokens\":196,\"total_tokens\":209}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Response serve(Interceptor.Chain chain, byte[] answer) throws IOException {
        RequestBody body = chain.request().body();
        if (body != null) {
            try (BufferedSink sink = Okio.buffer(Okio.blackhole())) {
                body.writeTo(sink);
            }
        }
        return new Response.Builder()
                .request(chain.request())
                .protocol(Protocol.HTTP_1_1)
                .code(200)
                .message("OK")
                .body(ResponseBody.create(
                        Okio.buffer(Okio.source(new ByteArrayInputStream(answer))),
                        MediaType.get("application/json"),
                        answer.length))
                .build();
    }

    /** Runs the benchmark with a count of the bytes allocated. */
    public static void main(String[] args) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(CallBenchmark.class.getSimpleName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }
}
