package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Capabilities;
import dev.triptych.Cost;
import dev.triptych.CostClass;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Negotiation;
import dev.triptych.OpenJob;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ResumableJobs;
import dev.triptych.RunningCalls;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.internal.AllSteps;
import dev.triptych.resilience.Sleeper;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.UserFolders;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * Makes pictures by the images API: OpenAI's own, Azure's, and everything else that speaks it, by profile.
 *
 * <pre>{@code
 * try (ImageGenerator generator = OpenAiImageGenerator.builder()
 *         .apiKey(System.getenv("OPENAI_API_KEY"))
 *         .model("gpt-image-2.6-flare")
 *         .build()) {
 *     generator.generate("a red fox in the snow").image().writeTo(Path.of("fox.png"));
 * }
 * }</pre>
 *
 * <p>One call to {@link #generate(ImageRequest, GenerationContext)} is one POST: nothing is ever retried here.
 * Thread-safe; nothing changes but what is known of the model, where the server describes it.
 */
public final class OpenAiImageGenerator implements ImageGenerator, ResumableJobs {

    private final ServerProfile server;
    private final Map<String, Object> configured;
    private final CostClass costClass;
    private final boolean marks;
    private final GeneratorInfo info;
    private final ImagesApi.Limits limits;
    private final HttpTransport transport;
    private final ImagesApi api;
    private final @Nullable JobServer jobs;
    private final UrlFetcher fetcher;
    private final RunningCalls calls;
    private volatile Known known;

    /**
     * What is known of the model.
     *
     * @param settings where calls go and what the model honours
     * @param capabilities the same for who asks
     * @param asked whether the server was asked for it, where it can be
     * @param notice why its answer could not be had; {@code ""} = it could
     */
    private record Known(ServerSettings settings, Capabilities capabilities, boolean asked, String notice) {}

    private OpenAiImageGenerator(Builder builder, ServerProfile server, ServerSettings settings) {
        this.server = server;
        this.configured = Map.copyOf(builder.capabilities);
        this.costClass = builder.costClass;
        this.marks = builder.mark;
        this.info = new GeneratorInfo(
                builder.name.isEmpty() ? server.id() : builder.name,
                server.id(),
                modelName(settings),
                server.revision(),
                false);
        this.known = known(settings, server.descriptor(settings).isEmpty(), "");
        this.limits = new ImagesApi.Limits(builder.timeout, builder.maxImageBytes, builder.maxImagePixels);
        this.transport = new HttpTransport(builder.client(), server.id());
        this.api = new ImagesApi(server, transport, limits, builder.costClass, builder.sleeper);
        this.jobs = server.jobs()
                .map(dialect -> new JobServer(
                        server,
                        dialect,
                        transport,
                        limits,
                        costClass,
                        builder.sleeper,
                        new JobLog(
                                builder.jobs(),
                                info.name() + " " + server.id() + " " + settings.baseUrl(),
                                builder.files)))
                .orElse(null);
        this.fetcher = new UrlFetcher(transport, settings.baseUrl(), builder.maxImageBytes, server.id());
        this.calls = new RunningCalls(this::info);
    }

    /** A generator with nothing set yet; for OpenAI itself a key is all it needs. */
    public static Builder builder() {
        return new Builder();
    }

    private static String modelName(ServerSettings settings) {
        if (!settings.model().isEmpty()) {
            return settings.model();
        }
        return settings.deployment().isEmpty() ? "default" : settings.deployment();
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        return calls.run(context, call -> paint(request, call));
    }

    private ImageResult paint(ImageRequest request, RunningCalls.Call call) {
        GenerationContext context = call.context();
        Instant start = context.clock().instant();
        context.checkActive(server.id(), Outcome.NOT_SENT);
        Differences differences = new Differences(context.negotiation(), server.id());
        if (request.reference().isPresent() && !server.takesReferences()) {
            throw differences.unsupported("reference must not be set, since " + server.id()
                    + " keeps no pictures to refer to; give the picture as an input");
        }
        Known now = known.asked ? known : ask(context);
        if (!now.notice.isEmpty()) {
            differences.notice("model", now.notice);
        }
        ImageRequest settled = server.settle(request, now.settings, differences);
        Negotiation.Negotiated negotiated =
                Negotiation.negotiate(settled, now.capabilities, context.negotiation(), server.id());
        context.emit(new GenerationEvent.Started(info));
        if (jobs != null) {
            return assembled(
                    jobs.run(negotiated.request(), now.settings, call, differences),
                    negotiated,
                    now,
                    differences,
                    start,
                    context);
        }
        ImagesAnswer answer = api.call(negotiated.request(), now.settings, call, differences);
        return assembly(negotiated, now, answer, differences, start, () -> {}).of(answer.items(), context);
    }

    /** The result of a job, whose pictures stay open for another try until the caller has them. */
    private ImageResult assembled(
            JobServer.Finished finished,
            Negotiation.Negotiated negotiated,
            Known now,
            Differences differences,
            Instant start,
            GenerationContext context) {
        JobServer server = Objects.requireNonNull(jobs);
        try {
            return assembly(
                            negotiated,
                            now,
                            finished.answer(),
                            differences,
                            start,
                            () -> server.delivered(finished.entry(), context.clock()))
                    .of(finished.answer().items(), context);
        } catch (RuntimeException | Error e) {
            server.undelivered(finished.entry(), context.clock());
            throw e;
        }
    }

    @Override
    public List<OpenJob> openJobs() {
        return jobs == null
                ? List.of()
                : jobs.open(Clock.systemUTC()).stream()
                        .map(entry -> new OpenJob(
                                entry.ticket().map(JobTicket::id).orElse(""), entry.requestId(), entry.at()))
                        .toList();
    }

    @Override
    public ImageResult resume(OpenJob job, GenerationContext context) {
        return calls.run(context, call -> {
            Instant start = call.context().clock().instant();
            Optional<JobServer.Finished> finished =
                    jobs == null ? Optional.empty() : jobs.resume(job.id(), known.settings, call);
            ImageRequest unknown = ImageRequest.of("job " + job.id());
            return assembled(
                    finished.orElseThrow(() -> new UnsupportedRequestException(
                            "job must be open and nobody's but was not: " + job.id(), server.id())),
                    new Negotiation.Negotiated(unknown, List.of()),
                    known,
                    new Differences(context.negotiation(), server.id()),
                    start,
                    call.context());
        });
    }

    private ResultAssembly assembly(
            Negotiation.Negotiated negotiated,
            Known now,
            ImagesAnswer answer,
            Differences differences,
            Instant start,
            Runnable delivered) {
        List<GenerationWarning> warnings = new ArrayList<>(negotiated.warnings());
        warnings.addAll(differences.warnings());
        warnings.addAll(answer.warnings());
        return new ResultAssembly(
                fetcher,
                limits,
                info,
                negotiated.request(),
                marks,
                now.capabilities.honours(Parameter.SEED),
                warnings,
                answer.usage(),
                cost(negotiated.request(), now.settings, answer),
                start,
                delivered);
    }

    /** By the answer where its server says so, else by the table or the configuration. */
    private Optional<Cost> cost(ImageRequest request, ServerSettings settings, ImagesAnswer answer) {
        if (server.tellsCost() && answer.dollars().isPresent()) {
            return answer.dollars().map(dollars -> new Cost(dollars, "USD", "the answer"));
        }
        String source = configured.containsKey("price")
                ? "the configuration"
                : ModelTable.vendor(settings.vendor()).path("name").asText() + "'s price list of " + ModelTable.DATE;
        int pictures = (int) answer.items().stream()
                .filter(item -> !(item instanceof ImagesAnswer.Refused))
                .count();
        return settings.profile()
                .price()
                .flatMap(price -> price.of(
                        answer.usage(),
                        pictures,
                        request.options().getOrDefault(server.resolutionOption(), ""),
                        source));
    }

    private Known known(ServerSettings settings, boolean asked, String notice) {
        Capabilities capabilities = server.capabilities(settings)
                .costClass(costClass)
                .provisional(!asked)
                .build();
        return new Known(settings, capabilities, asked, notice);
    }

    /** Asks the server what the model honours; a server that cannot say is no reason to make no pictures. */
    private Known ask(GenerationContext context) {
        ServerSettings settings = known.settings;
        Optional<HttpUrl> address = server.descriptor(settings);
        if (address.isEmpty()) {
            return known;
        }
        Known answered;
        try {
            JsonNode row = server.row(api.describe(address.get(), settings, context));
            answered = known(
                    settings.with(ModelTable.profileOf(
                            settings.vendor(), settings.model(), server.ownsModels(), row, configured)),
                    true,
                    row.isEmpty() ? unanswered("it says nothing of the model") : "");
        } catch (GenerationCancelledException e) {
            throw e;
        } catch (ImageGenerationException | IllegalArgumentException e) {
            answered = known(settings, true, unanswered(String.valueOf(e.getMessage())));
        }
        known = answered;
        return answered;
    }

    private String unanswered(String reason) {
        return "what the model honours could not be read from " + server.id() + " (" + reason + "); the table of "
                + ModelTable.DATE + " was taken";
    }

    /** Asks the server what the model honours, where it can say, also once more where it could not before. */
    @Override
    public void prepare(GenerationContext context) {
        calls.run(context, call -> {
            call.begin(CostClass.FREE);
            return ask(call.context());
        });
    }

    @Override
    public Capabilities capabilities() {
        return known.capabilities;
    }

    @Override
    public GeneratorInfo info() {
        return info;
    }

    /**
     * Takes no more calls and returns when none runs: a call that may have been billed is let finish, for as long as
     * its deadline allows or else for two minutes; one to a server that costs nothing is cancelled. A client that the
     * caller supplied stays open.
     */
    @Override
    public void close() {
        calls.close(() -> AllSteps.run(List.of(transport::close, () -> {
            if (jobs != null) {
                jobs.close();
            }
        })));
    }

    @Override
    public String toString() {
        return "OpenAiImageGenerator[" + info.name() + ", " + info.provider() + ", " + info.model() + "]";
    }

    /** Collects the settings of a generator. Not thread-safe. {@link #build()} checks the whole. */
    public static final class Builder {

        /** As the official clients have it: pictures of much detail take minutes. */
        static final Duration STANDARD_TIMEOUT = Duration.ofMinutes(10);

        /** Twice the largest file that OpenAI's largest size can give as PNG. */
        static final long STANDARD_MAX_IMAGE_BYTES = 64L * 1024 * 1024;

        /** Twelve times OpenAI's largest size; decoded that is 400 MB. */
        private static final long STANDARD_MAX_IMAGE_PIXELS = 100_000_000;

        private String name = "";
        private String profile = "openai";
        private String baseUrl = "";
        private Supplier<String> apiKey = () -> "";
        private @Nullable Supplier<String> bearerToken;
        private String model = "";
        private String organization = "";
        private String project = "";
        private String deployment = "";
        private String apiVersion = "";
        private Duration timeout = STANDARD_TIMEOUT;
        private long maxImageBytes = STANDARD_MAX_IMAGE_BYTES;
        private long maxImagePixels = STANDARD_MAX_IMAGE_PIXELS;
        private CostClass costClass = CostClass.BILLED;
        private boolean mark = true;
        private final Map<String, @Nullable Object> options = new LinkedHashMap<>();
        private final Map<String, String> headers = new LinkedHashMap<>();
        private final Map<String, String> query = new LinkedHashMap<>();
        private final Map<String, Object> capabilities = new LinkedHashMap<>();
        private NetworkSettings network = NetworkSettings.STANDARD;
        private Map<String, String> environment = System.getenv();
        private Sleeper sleeper = Sleeper.real();
        private @Nullable Path jobs;
        private @Nullable Path workflow;
        private Map<String, String> places = Map.of();
        private DurableFiles files = DurableFiles.system();
        private @Nullable OkHttpClient httpClient;

        private Builder() {}

        /** The generator's name in results; the profile's by default. */
        public Builder name(String value) {
            name = value;
            return this;
        }

        /** The kind of server, {@code openai} by default; the module's README names them all. */
        public Builder profile(String value) {
            profile = value;
            return this;
        }

        /** Where the server is, with the path that its endpoints are below; the profile's own by default. */
        public Builder baseUrl(String value) {
            baseUrl = value;
            return this;
        }

        /** The key. */
        public Builder apiKey(String value) {
            return apiKey(() -> value);
        }

        /** Who gives the key at each call, so that it may change. */
        public Builder apiKey(Supplier<String> value) {
            apiKey = value;
            return this;
        }

        /** Who gives a bearer token at each call, in place of a key: Azure's Entra ID. */
        public Builder bearerToken(Supplier<String> value) {
            bearerToken = value;
            return this;
        }

        /** The model as the server calls it; the profile's own by default. */
        public Builder model(String value) {
            model = value;
            return this;
        }

        /** OpenAI's organisation id. */
        public Builder organization(String value) {
            organization = value;
            return this;
        }

        /** OpenAI's project id. */
        public Builder project(String value) {
            project = value;
            return this;
        }

        /** Azure's deployment. */
        public Builder deployment(String value) {
            deployment = value;
            return this;
        }

        /** Azure's API version. */
        public Builder apiVersion(String value) {
            apiVersion = value;
            return this;
        }

        /** The longest time for a request where its deadline is later or missing; ten minutes by default. */
        public Builder timeout(Duration value) {
            timeout = value;
            return this;
        }

        /** The largest file of one picture; 64 MiB by default. */
        public Builder maxImageBytes(long value) {
            maxImageBytes = value;
            return this;
        }

        /** The most width × height of one picture, read from its header; 100 million by default. */
        public Builder maxImagePixels(long value) {
            maxImagePixels = value;
            return this;
        }

        /** Whether a call costs money; it does by default. FREE lets a lost call be repeated. */
        public Builder costClass(CostClass value) {
            costClass = value;
            return this;
        }

        /**
         * Whether a PNG, JPEG or WebP that says nothing of its source is marked as made by a model, in XMP; it is by
         * default. A picture that its server signed is never altered.
         */
        public Builder mark(boolean value) {
            mark = value;
            return this;
        }

        /** A field that is sent with each request as it is; null takes away one that would be sent. */
        public Builder option(String field, @Nullable Object value) {
            options.put(field, value);
            return this;
        }

        /** A header that is sent with each call, in place of ours of the same name. */
        public Builder header(String header, String value) {
            headers.put(header, value);
            return this;
        }

        /** A parameter that is added to the address of each call. */
        public Builder queryParameter(String parameter, String value) {
            query.put(parameter, value);
            return this;
        }

        /**
         * A field of the model's row in our table that you know better, such as {@code price}, {@code ends},
         * {@code max-images} or {@code sizes}; the module's README names them all.
         */
        public Builder capability(String field, Object value) {
            capabilities.put(field, value);
            return this;
        }

        /**
         * The proxy, {@code http://host:port} or {@code socks5://host:port}; {@code direct} for none. By default what
         * {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY} say.
         */
        public Builder proxy(String value) {
            network = new NetworkSettings(value, network.caFile());
            return this;
        }

        /** A file of certificates in PEM that are trusted beside the Java runtime's. */
        public Builder caFile(Path value) {
            network = new NetworkSettings(network.proxy(), value);
            return this;
        }

        /**
         * Where the jobs of a server that takes such are written down, so that another process can fetch their
         * pictures; {@code jobs} in the user's state folder by default. Several processes may share it.
         */
        public Builder jobs(Path value) {
            jobs = value;
            return this;
        }

        /**
         * A ComfyUI's workflow in its API form, which makes this a generator of profile {@code comfyui}.
         *
         * @param file the workflow
         * @param namedPlaces where settings go that its nodes do not show, such as {@code "prompt"} at {@code "6.text"}
         */
        public Builder workflow(Path file, Map<String, String> namedPlaces) {
            workflow = file;
            places = Map.copyOf(namedPlaces);
            return this;
        }

        private Path jobs() {
            return jobs == null ? UserFolders.state().resolve("jobs") : jobs;
        }

        /** How files are written. */
        Builder files(DurableFiles value) {
            files = value;
            return this;
        }

        /** How to wait between two questions; in real time by default. */
        Builder sleeper(Sleeper value) {
            sleeper = value;
            return this;
        }

        /** The environment that is asked for a proxy; this process's by default. */
        Builder environment(Map<String, String> value) {
            environment = value;
            return this;
        }

        /**
         * A client whose proxy, TLS settings and interceptors are used, in place of {@link #proxy} and {@link #caFile}.
         */
        public Builder httpClient(OkHttpClient value) {
            httpClient = value;
            return this;
        }

        /**
         * The generator. Nothing is sent yet, and a missing key is an error of the first call.
         *
         * @throws IllegalArgumentException if a setting is missing or cannot be used; the message begins with its key
         */
        public OpenAiImageGenerator build() {
            ServerProfile server = server();
            require(!timeout.isNegative() && !timeout.isZero(), "timeout must be more than 0 but was " + timeout);
            require(maxImageBytes >= 1, "max-image-bytes must be at least 1 but was " + maxImageBytes);
            require(
                    maxImageBytes <= Integer.MAX_VALUE - 8,
                    "max-image-bytes must be less than 2 GiB but was " + maxImageBytes);
            require(maxImagePixels >= 1, "max-image-pixels must be at least 1 but was " + maxImagePixels);
            require(Credentials.isPrintable(organization), "organization must be of printable ASCII characters");
            require(Credentials.isPrintable(project), "project must be of printable ASCII characters");
            ServerSettings settings = settings(server);
            String missing = server.missing(settings);
            require(missing.isEmpty(), missing);
            require(
                    httpClient == null || network.equals(NetworkSettings.STANDARD),
                    "proxy and ca-file must be those of httpClient where one is given");
            headers.forEach((header, value) -> require(
                    Credentials.isToken(header) && Credentials.isHeaderValue(value),
                    "headers must hold names and values of printable ASCII characters"));
            return new OpenAiImageGenerator(this, server, settings);
        }

        private ServerProfile server() {
            if (workflow != null) {
                return new ComfyUiProfile(Workflow.read(workflow, places));
            }
            require(!profile.equals("comfyui"), "workflow must be set for profile comfyui but was not");
            return ServerProfiles.of(profile)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "profile must be one of " + ServerProfiles.ids() + " but was \"" + profile + "\""));
        }

        private ServerSettings settings(ServerProfile server) {
            String theModel = model.isEmpty() ? server.defaultModel() : model;
            return new ServerSettings(
                    checkedBaseUrl(server),
                    apiKey,
                    Optional.ofNullable(bearerToken),
                    theModel,
                    server.vendor(),
                    ModelTable.profileOf(
                            server.vendor(),
                            theModel.isEmpty() ? deployment : theModel,
                            server.ownsModels(),
                            capabilities),
                    organization,
                    project,
                    deployment,
                    apiVersion,
                    options,
                    headers,
                    query);
        }

        private OkHttpClient client() {
            return httpClient == null ? network.applyTo(HttpTransport.shared(), environment) : httpClient;
        }

        private HttpUrl checkedBaseUrl(ServerProfile server) {
            String text = (baseUrl.isEmpty() ? server.defaultBaseUrl() : baseUrl).strip();
            require(!text.isEmpty(), "base-url must be set for profile " + server.id() + " but was not");
            HttpUrl url = HttpUrl.parse(text);
            if (url == null) {
                throw new IllegalArgumentException("base-url must be an http or https address but was not");
            }
            require(
                    url.username().isEmpty() && url.password().isEmpty(),
                    "base-url must hold no user and password; set api-key instead");
            require(
                    url.query() == null && url.fragment() == null,
                    "base-url must end with its path but has a query or fragment; set query instead");
            return HttpUrl.get(server.trimmed(text.replaceFirst("/+$", "")));
        }

        private static void require(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
