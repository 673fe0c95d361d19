package dev.triptych.resilience;

import io.micrometer.core.instrument.Metrics;
import io.opentelemetry.api.GlobalOpenTelemetry;
import java.util.ArrayList;
import java.util.List;

/**
 * The observers for what the application has on its class path: meters in Micrometer's global registry, spans through
 * OpenTelemetry's global instance.
 */
public final class Observers {

    private static final System.Logger LOG = System.getLogger(Observers.class.getName());

    private Observers() {}

    /** Meters and spans, each where its library is there; binds the registries of {@code resilience} to the meters. */
    public static List<GenerationObserver> onClassPath(Resilience resilience) {
        List<GenerationObserver> observers = new ArrayList<>();
        if (isPresent("io.micrometer.core.instrument.Metrics")) {
            observers.add(Micrometer.observer(resilience));
        }
        if (isPresent("io.opentelemetry.api.GlobalOpenTelemetry")) {
            observers.add(Telemetry.observer());
        }
        return List.copyOf(observers);
    }

    private static boolean isPresent(String className) {
        try {
            Class.forName(className, false, Observers.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> className + " is not on the class path; it is not told anything");
            return false;
        }
    }

    /** Loaded only where Micrometer is. */
    private static final class Micrometer {
        private static GenerationObserver observer(Resilience resilience) {
            if (isPresent("io.github.resilience4j.micrometer.tagged.TaggedRetryMetrics")) {
                MicrometerObserver.bind(resilience, Metrics.globalRegistry);
            }
            return new MicrometerObserver(Metrics.globalRegistry);
        }
    }

    /** Loaded only where OpenTelemetry is. */
    private static final class Telemetry {
        private static GenerationObserver observer() {
            return new OpenTelemetryObserver(GlobalOpenTelemetry::getOrNoop);
        }
    }
}
