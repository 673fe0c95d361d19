package dev.triptych.server;

import dev.triptych.config.ChainConfig;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.ledger.CallJournal;
import dev.triptych.server.a1111.WebUiApi;
import dev.triptych.server.api.GeneratorsApi;
import dev.triptych.server.api.JobsApi;
import dev.triptych.server.api.Money;
import dev.triptych.server.api.OpenApi;
import dev.triptych.server.api.SessionApi;
import dev.triptych.server.http.AnswerWriter;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.BilledCalls;
import dev.triptych.server.jobs.Generators;
import dev.triptych.server.jobs.JobDatabase;
import dev.triptych.server.jobs.Jobs;
import dev.triptych.server.jobs.LoggedJobStore;
import dev.triptych.server.jobs.Preparation;
import dev.triptych.server.mcp.HttpMcp;
import dev.triptych.server.mcp.McpProtocol;
import dev.triptych.server.mcp.McpSettings;
import dev.triptych.server.openai.ImagesApi;
import dev.triptych.server.pictures.PictureStore;
import dev.triptych.server.security.AccessToken;
import dev.triptych.server.security.RequestGate;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.SizeUnit;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.server.handler.MinimumDataRateHandler;

/**
 * The server: the studio at {@code /}, the native API under {@code /api}, OpenAI's under {@code /v1}, AUTOMATIC1111's
 * under {@code /sdapi/v1}, MCP at {@code /mcp}. Runs from {@link #start} until {@link #close}.
 *
 * <pre>{@code
 * try (GeneratorRegistry registry = GeneratorRegistry.load();
 *         StudioServer server = StudioServer.start(ServerSettings.standard(stateFolder), registry)) {
 *     System.out.println("Studio: " + server.address());
 *     …
 * }
 * }</pre>
 */
public final class StudioServer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(StudioServer.class.getName());

    /** How often a worker on a shared database says that it lives. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    /** The most that a multipart body may hold, and each of its files. */
    private static final long MULTIPART_MIB = 64;

    /** Who sends a body more slowly than this many bytes a second holds a thread for too long, and is refused. */
    private static final long SLOWEST_SENDER = 256;

    /**
     * What the libraries log of their own start is of no use to anybody here; held, since a logger is forgotten
     * otherwise.
     */
    private static final List<Logger> LIBRARY_LOGS = Stream.of(
                    "org.eclipse.jetty", "io.javalin", "com.zaxxer.hikari", "com.github.kagkarlsson")
            .map(Logger::getLogger)
            .toList();

    static {
        LIBRARY_LOGS.stream().filter(log -> log.getLevel() == null).forEach(log -> log.setLevel(Level.WARNING));
    }

    private final ServerSettings settings;
    private final Jobs jobs;
    private final Money money;
    private final Javalin javalin;
    private final Preparation preparation;

    private StudioServer(ServerSettings settings, Jobs jobs, Money money) {
        this.settings = settings;
        this.jobs = jobs;
        this.money = money;
        this.javalin = Javalin.create(config -> new Routes(settings, jobs, money).addTo(config));
        this.preparation = Preparation.start(jobs.generators());
    }

    /**
     * Goes on with the jobs of the state folder and listens. The default generator is prepared in the background where
     * this machine paints.
     *
     * @param registry the generators; it stays the caller's, who closes it after the server
     * @throws IllegalStateException if the port is taken, another server has the state folder, or the database that
     *     section {@code store} names cannot be reached
     * @throws IOException if the state folder cannot be read or written
     */
    public static StudioServer start(ServerSettings settings, GeneratorRegistry registry) throws IOException {
        BilledCalls calls = ChainConfig.read(registry.config())
                .journal()
                .map(where -> BilledCalls.of(CallJournal.open(where)))
                .orElse(BilledCalls.NOTHING_KNOWN);
        Generators generators = Generators.of(registry);
        Money money = Money.of(registry.config());
        GeneratorSettings store = registry.config().section("store");
        Optional<String> jdbc = store.string("jdbc");
        if (jdbc.isEmpty()) {
            return start(settings, generators, calls, money);
        }
        JobDatabase database = JobDatabase.open(
                jdbc.get(),
                store.string("user").orElse(null),
                store.string("password").orElse(null),
                HEARTBEAT);
        PictureStore pictures = PictureStore.open(settings.stateFolder());
        return listening(
                settings,
                Jobs.share(generators, database, pictures, calls, Clock.systemUTC(), System::nanoTime),
                money);
    }

    static StudioServer start(ServerSettings settings, Generators generators, BilledCalls calls, Money money)
            throws IOException {
        LoggedJobStore store = LoggedJobStore.open(settings.stateFolder());
        PictureStore pictures = PictureStore.open(settings.stateFolder());
        return listening(
                settings, Jobs.start(generators, store, pictures, calls, Clock.systemUTC(), System::nanoTime), money);
    }

    private static StudioServer listening(ServerSettings settings, Jobs jobs, Money money) {
        StudioServer server = new StudioServer(settings, jobs, money);
        try {
            server.javalin.start(settings.host(), settings.port());
        } catch (JavalinBindException e) {
            server.preparation.close();
            jobs.close();
            money.close();
            throw new IllegalStateException(
                    "--port must be free but something listens on " + settings.host() + ":" + settings.port(), e);
        }
        return server;
    }

    /** The jobs. */
    Jobs jobs() {
        return jobs;
    }

    /** The port that the server listens on. */
    public int port() {
        return javalin.port();
    }

    /** Where the studio is. */
    public URI address() {
        String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
        return URI.create("http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":" + port() + "/");
    }

    /** Starts no more jobs, waits for those that run (see {@link Jobs#close()}), then stops listening. */
    @Override
    public void close() {
        preparation.close();
        jobs.close();
        javalin.stop();
        money.close();
    }

    /** Settings of Javalin and Jetty, and all routes. */
    private static final class Routes {
        private final ServerSettings settings;
        private final Jobs jobs;
        private final Money money;
        private final RequestGate gate;
        private final Meters meters;

        Routes(ServerSettings settings, Jobs jobs, Money money) {
            this.settings = settings;
            this.jobs = jobs;
            this.money = money;
            this.gate = new RequestGate(
                    settings.host(), settings.hostNames(), settings.token().map(AccessToken::new));
            this.meters = new Meters(jobs);
        }

        void addTo(JavalinConfig config) {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.asyncTimeout = 0;
            config.http.compressionStrategy = io.javalin.compression.CompressionStrategy.NONE;
            config.jetty.multipartConfig.maxFileSize(MULTIPART_MIB, SizeUnit.MB);
            config.jetty.multipartConfig.maxTotalRequestSize(MULTIPART_MIB, SizeUnit.MB);
            config.jetty.multipartConfig.maxInMemoryFileSize(1, SizeUnit.MB);
            config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
            config.jetty.modifyServer(server -> server.setHandler(new MinimumDataRateHandler(SLOWEST_SENDER, 0)));
            config.jetty.modifyServletContextHandler(
                    handler -> handler.addFilter(new FilterHolder(gate), "/*", EnumSet.of(DispatcherType.REQUEST)));
            String boot = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
            new JobsApi(jobs, boot).addTo(config.routes);
            new GeneratorsApi(jobs, money).addTo(config.routes);
            new ImagesApi(jobs, settings.openAiAliases()).addTo(config.routes);
            new WebUiApi(jobs).addTo(config.routes);
            new HttpMcp(new McpProtocol(
                            jobs, money, new McpSettings(List.of(), Optional.empty(), baseUrl()), System::nanoTime))
                    .addTo(config.routes);
            new OpenApi().addTo(config.routes);
            new SessionApi(gate).addTo(config.routes);
            new StudioPage().addTo(config.routes);
            config.routes.get("/health", this::health);
            if (settings.metrics()) {
                config.routes.get("/metrics", meters::answer);
            }
            AnswerWriter.addTo(config.routes);
            config.routes.exception(HttpFailure.class, (failure, context) -> answer(context, failure));
            config.routes.exception(HttpResponseException.class, Routes::refused);
            config.routes.exception(Exception.class, Routes::defect);
        }

        /** Where pictures are for a client that only knows the MCP endpoint. */
        private Optional<String> baseUrl() {
            return settings.port() == 0
                    ? Optional.empty()
                    : Optional.of("http://"
                            + (settings.hostNames().isEmpty()
                                    ? settings.host()
                                    : settings.hostNames().get(0)) + ":" + settings.port());
        }

        private void health(Context context) {
            Bodies.answer(
                    context,
                    200,
                    Json.object()
                            .put("status", "up")
                            .put("waiting", jobs.waiting())
                            .put("running", jobs.running()));
        }

        /** What Javalin refuses by itself: paths that lead nowhere, forms that are too large. */
        private static void refused(HttpResponseException refusal, Context context) {
            int status = refusal.getStatus();
            String sentence = status == 404 ? "there is nothing at this path" : "the request cannot be served";
            answer(context, new HttpFailure(status, status == 404 ? "not_found" : "http_" + status, sentence));
        }

        private static void defect(Exception error, Context context) {
            String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
            LOG.log(System.Logger.Level.ERROR, "request " + id + " failed through a defect", error);
            answer(context, new HttpFailure(500, "defect", "Triptych failed through a defect; its log tells of " + id));
        }

        private static void answer(Context context, HttpFailure failure) {
            ErrorEnvelopes.answer(context, failure);
        }
    }

    /** The address. */
    @Override
    public String toString() {
        return "StudioServer[" + address() + "]";
    }
}
