package dev.triptych.config;

import dev.triptych.cache.CachePolicy;
import dev.triptych.config.SettingValue.Kind;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.resilience.FallbackReason;
import dev.triptych.resilience.RateLimitSettings;
import dev.triptych.resilience.UnknownOutcome;
import java.util.List;

/** The keys of what stands around every generator. */
final class ChainKeys {

    static final List<SettingKey> RETRY = List.of(
            SettingKey.of("max-attempts", "3", "Attempts in all; 1 = no retry.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "100")),
            SettingKey.of("initial-delay", "500ms", "The longest wait before the first repetition.")
                    .holding(SettingValue.between(Kind.DURATION, "0s", "24h")),
            SettingKey.of("factor", "2", "By how much the longest wait grows.")
                    .holding(SettingValue.between(Kind.NUMBER, "1", "100")),
            SettingKey.of("max-delay", "30s", "The longest wait of ours.")
                    .holding(SettingValue.between(Kind.DURATION, "0s", "24h")),
            SettingKey.of("retry-after-cap", "60s", "The longest wait that a provider may ask for.")
                    .holding(SettingValue.between(Kind.DURATION, "0s", "24h")),
            SettingKey.of(
                            "unknown",
                            "when-safe",
                            "Whether a call is repeated that may have been billed: never, when-safe or always.")
                    .holding(SettingValue.oneOf(UnknownOutcome.class)));

    static final List<SettingKey> RATE_LIMIT = List.of(
            SettingKey.of("permits", "", "Requests that may begin in each period.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "1000000")),
            SettingKey.of("period", "1m", "The period.").holding(SettingValue.between(Kind.DURATION, "1ms", "31d")),
            SettingKey.of("max-wait", "2m", "The longest that a request waits for its turn.")
                    .holding(Kind.DURATION),
            SettingKey.of("store", "local", "Who shares the limit: local, or redis for all that share that server.")
                    .holding(SettingValue.oneOf(RateLimitSettings.Store.class)));

    static final List<SettingKey> BULKHEAD = List.of(
            SettingKey.of("max-concurrent", "8", "Requests at the same time; a local generator has a queue of its own.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "10000")),
            SettingKey.of("max-waiting", "256", "Requests that wait; one more is refused.")
                    .holding(SettingValue.between(Kind.INTEGER, "0", "1000000")),
            SettingKey.of("max-wait", "10m", "The longest that one waits.").holding(Kind.DURATION));

    static final List<SettingKey> CIRCUIT_BREAKER = List.of(
            SettingKey.of("failure-percent", "50", "The share of failures that opens the circuit.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "100")),
            SettingKey.of("window", "20", "How many of the last requests count.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "100000")),
            SettingKey.of("min-calls", "5", "Below this many requests the circuit stays closed.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "100000")),
            SettingKey.of("open-for", "30s", "How long the circuit stays open.")
                    .holding(SettingValue.between(Kind.DURATION, "1ms", "24h")),
            SettingKey.of("trial-calls", "2", "Requests that try whether the provider is back.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "10000")));

    static final List<SettingKey> RESILIENCE = List.of(
            SettingKey.of("timeout", "5m", "The longest that one attempt takes, or off.")
                    .holding(SettingValue.between(Kind.DURATION, "1ms", "31d").orOff()),
            SettingKey.of("retry", "", "How failed calls are repeated; or off.")
                    .holding(SettingValue.map(RETRY).orOff()),
            SettingKey.of("rate-limit", "off", "How many requests may begin in a time; or off.")
                    .holding(SettingValue.map(RATE_LIMIT).orOff()),
            SettingKey.of("bulkhead", "", "How many requests may run at once; or off.")
                    .holding(SettingValue.map(BULKHEAD).orOff()),
            SettingKey.of("circuit-breaker", "", "When a provider that fails is left alone for a while; or off.")
                    .holding(SettingValue.map(CIRCUIT_BREAKER).orOff()),
            SettingKey.of("parallel-calls", "4", "Calls side by side for a request that takes several.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "100")),
            SettingKey.of(
                            "fallback-on",
                            "unavailable, rate-limited, authentication, model, bad-answer",
                            "What lets the next generator try; also unsupported, refused and may-be-billed.")
                    .holding(SettingValue.listOf(FallbackReason.class)),
            SettingKey.of("observe", "true", "Whether Micrometer and OpenTelemetry are told, where they are there.")
                    .holding(Kind.BOOLEAN));

    static final List<SettingKey> JCACHE = List.of(
            SettingKey.of("provider", "", "Class name of the caching provider; the only one by default."),
            SettingKey.of("uri", "", "The provider's configuration; its default by default."),
            SettingKey.of("name", "triptych", "The cache's name."));

    static final List<SettingKey> CACHE = List.of(
            SettingKey.of("policy", "deterministic", "Which pictures are served again: deterministic, reuse or off.")
                    .holding(SettingValue.oneOf(CachePolicy.class)),
            SettingKey.of("memory", "64MiB", "The most that is kept in memory; 0 = nothing.")
                    .holding(SettingValue.between(Kind.BYTES, "0", "1024GiB")),
            SettingKey.of("directory", "", "Where pictures are kept on disk; several processes may share it.")
                    .holding(Kind.PATH),
            SettingKey.of("max-size", "2GiB", "The most that the directory holds.")
                    .holding(SettingValue.between(Kind.BYTES, "0", "1048576GiB")),
            SettingKey.of("jcache", "", "A JSR-107 cache that other machines share.")
                    .holding(SettingValue.map(JCACHE)));

    static final List<SettingKey> LIMITS = List.of(
            SettingKey.of("money", "", "The most money.").holding(Kind.NUMBER),
            SettingKey.of("pictures", "", "The most billed pictures.")
                    .holding(SettingValue.between(Kind.INTEGER, "0", "1000000000")));

    private static final SettingValue LIMIT = SettingValue.numberOr(LIMITS);

    static final List<SettingKey> BUDGET = List.of(
            SettingKey.of("store", "directory", "What keeps the spendings: directory, or jdbc or redis of shared.")
                    .holding(SettingValue.oneOf(BudgetSettings.Store.class)),
            SettingKey.of("directory", "", "Where spendings are kept; several processes may share it.")
                    .holding(Kind.PATH),
            SettingKey.of("lease", "15m", "For how long a server holds what has not been sent.")
                    .holding(SettingValue.between(Kind.DURATION, "1s", "24h")),
            SettingKey.of("currency", "USD", "ISO 4217 code of every sum here."),
            SettingKey.of("per-call", "", "The most that one request may cost: a sum, or money and pictures.")
                    .holding(LIMIT),
            SettingKey.of("per-day", "", "The most that a day may cost: a sum, or money and pictures.")
                    .holding(LIMIT),
            SettingKey.of("per-month", "", "The most that a month may cost: a sum, or money and pictures.")
                    .holding(LIMIT),
            SettingKey.of("prices", "", "What one picture costs at most, by the generator's name.")
                    .holding(Kind.NUMBERS),
            SettingKey.of("zone", "UTC", "Where days and months begin."));

    static final List<SettingKey> JOURNAL =
            List.of(SettingKey.of("directory", "", "Where the journal is kept; several processes may share it.")
                    .holding(Kind.PATH));

    static final List<SettingKey> SHARED = List.of(
            SettingKey.of("redis", "", "A Redis server that several machines share, such as redis://localhost:6379."),
            SettingKey.of("redis-user", "", "Who connects to it."),
            SettingKey.secret("redis-password", "Their password."),
            SettingKey.of(
                    "jdbc",
                    "",
                    "A PostgreSQL database that several machines share, such as jdbc:postgresql://localhost/triptych."),
            SettingKey.of("user", "", "Who connects to it."),
            SettingKey.secret("password", "Their password."),
            SettingKey.of("name", "triptych", "What all that share one budget and one limit call it."),
            SettingKey.of("workers", "2", "Machines expected; each takes its share of a limit while Redis is away.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "10000")),
            SettingKey.of("timeout", "200ms", "The longest that a question to Redis about a rate limit takes.")
                    .holding(SettingValue.between(Kind.DURATION, "1ms", "1m")));

    private ChainKeys() {}

    static List<String> names(List<SettingKey> keys) {
        return keys.stream().map(SettingKey::name).toList();
    }
}
