package dev.triptych.server;

import dev.triptych.server.jobs.JobStatus;
import dev.triptych.server.jobs.Jobs;
import io.javalin.http.Context;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.OptionalLong;

/** Numbers for Prometheus: jobs that wait and run, and how those that ended did. */
final class Meters {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    Meters(Jobs jobs) {
        Gauge.builder("triptych.jobs.waiting", jobs, Jobs::waiting)
                .description("Jobs that wait for their generator")
                .register(registry);
        Gauge.builder("triptych.jobs.running", jobs, Jobs::running)
                .description("Jobs that a generator works on")
                .register(registry);
        jobs.events().subscribe(OptionalLong.empty(), event -> {
            JobStatus status = event.job().status();
            if (event.progress().isEmpty() && status.isEnded()) {
                registry.counter("triptych.jobs", "generator", event.job().generator(), "status", status.word())
                        .increment();
            }
        });
    }

    void answer(Context context) {
        context.contentType("text/plain; version=0.0.4; charset=utf-8").result(registry.scrape());
    }
}
