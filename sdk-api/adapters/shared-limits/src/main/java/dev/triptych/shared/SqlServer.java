package dev.triptych.shared;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.triptych.config.SharedSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A few connections to a PostgreSQL database, opened when they are first needed. Thread-safe. */
final class SqlServer implements AutoCloseable {

    private static final int CONNECTIONS = 4;

    /** A database that says nothing for so long does not answer; it is not asked about pictures, only about sums. */
    private static final long SILENCE_SECONDS = 10;

    private final SharedSettings settings;
    private final Duration timeout;

    // Guarded by this.
    private @Nullable HikariDataSource pool;
    private boolean closed;

    /** @throws IllegalArgumentException if there is no driver for it */
    SqlServer(SharedSettings settings, Duration timeout) {
        this.settings = settings;
        this.timeout = timeout;
        try {
            Class.forName("org.postgresql.Driver");
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(Missing.library("shared.jdbc", "org.postgresql", "postgresql"), e);
        }
    }

    /** A connection, which its user closes. */
    Connection connection() throws SQLException {
        return pool().getConnection();
    }

    private synchronized HikariDataSource pool() throws SQLException {
        if (closed) {
            throw new SQLException("the database must be open but was closed");
        }
        if (pool == null) {
            HikariConfig config = new HikariConfig();
            config.setPoolName("triptych-budget");
            config.setJdbcUrl(settings.jdbc().orElseThrow());
            settings.user().ifPresent(config::setUsername);
            settings.password().ifPresent(config::setPassword);
            config.setMaximumPoolSize(CONNECTIONS);
            config.setMinimumIdle(0);
            // Where it is away, that is found out by whoever needs it.
            config.setInitializationFailTimeout(-1);
            config.setConnectionTimeout(Math.max(250, timeout.toMillis()));
            config.addDataSourceProperty("connectTimeout", seconds(timeout));
            config.addDataSourceProperty("socketTimeout", Long.toString(SILENCE_SECONDS));
            pool = new HikariDataSource(config);
        }
        return pool;
    }

    private static String seconds(Duration time) {
        return Long.toString(Math.max(1, TimeUnit.MILLISECONDS.toSeconds(time.toMillis())));
    }

    /** The address without what follows its path, for messages. */
    String place() {
        return "the database " + settings.jdbc().orElseThrow().replaceFirst("[?].*", "");
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (pool != null) {
            pool.close();
        }
    }
}
