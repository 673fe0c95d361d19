package dev.triptych.shared;

import dev.triptych.ledger.Amount;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetStatus;
import dev.triptych.ledger.BudgetStore;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Optional;

/**
 * A budget in a PostgreSQL database. Each step is one transaction that locks the month's row, by the database's clock;
 * after a commit nothing is lost. Its two tables are made where they are missing. Thread-safe.
 */
final class SqlBudget implements BudgetStore {

    private static final String SCHEMA = Resources.text("budget.sql");

    /** Keeps two machines from making the tables at the same moment; any number will do. */
    private static final long SCHEMA_LOCK = 7_219_841_276L;

    private final SqlServer server;
    private final String name;
    private final Duration lease;
    private volatile boolean tablesMade;

    /** The budget {@code name} on {@code server}, which it closes. */
    SqlBudget(SqlServer server, String name, Duration lease) {
        this.server = server;
        this.name = name;
        this.lease = lease;
    }

    private interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    private <T> T transaction(Work<T> work) throws IOException {
        try (Connection connection = server.connection()) {
            connection.setAutoCommit(false);
            if (!tablesMade) {
                makeTables(connection);
            }
            T result;
            try {
                result = work.in(connection);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
            return result;
        } catch (SQLException e) {
            throw new IOException(place() + " must answer but did not", e);
        }
    }

    private void makeTables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
            statement.execute(SCHEMA);
            connection.commit();
            tablesMade = true;
        }
    }

    @Override
    public Held hold(Hold hold, BudgetLimits perDay, BudgetLimits perMonth) throws IOException {
        return transaction(connection -> {
            Month month = new Month(connection, YearMonth.from(hold.day()));
            month.lock(hold.day());
            month.release(hold.id());
            Micros before = month.call(hold.id()).orElse(new Micros(0, 0));
            Micros all = Micros.of(hold.amount()).max(before);
            Micros more = all.minus(before);
            Held held = Held.of(
                    perDay,
                    perMonth,
                    more.amount(),
                    month.sum(hold.day().toString()).amount(),
                    month.sum(month.period()).amount());
            if (held.held()) {
                month.write(hold, all);
                month.add(hold.day(), more);
            }
            return held;
        });
    }

    @Override
    public void settle(String id, LocalDate day, Amount spent) throws IOException {
        transaction(connection -> {
            Month month = new Month(connection, YearMonth.from(day));
            month.lock(day);
            Optional<Micros> held = month.remove(id);
            if (held.isPresent()) {
                month.add(day, Micros.of(spent).minus(held.get()));
            }
            return true;
        });
    }

    @Override
    public BudgetStatus status(LocalDate day) throws IOException {
        return transaction(connection -> {
            Month month = new Month(connection, YearMonth.from(day));
            month.lock(day);
            month.release("");
            return new BudgetStatus(
                    day,
                    month.sum(day.toString()).amount(),
                    month.sum(month.period()).amount(),
                    month.openCalls());
        });
    }

    /** The rows of one month within a transaction. */
    private final class Month {
        private final Connection connection;
        private final YearMonth month;

        Month(Connection connection, YearMonth month) {
            this.connection = connection;
            this.month = month;
        }

        String period() {
            return month.toString();
        }

        /** Makes the rows of the month and of {@code day} where they are missing, and keeps others from the month's. */
        void lock(LocalDate day) throws SQLException {
            try (PreparedStatement statement = prepared("INSERT INTO triptych_budget (budget, period, micros, pictures)"
                    + " VALUES (?, ?, 0, 0), (?, ?, 0, 0) ON CONFLICT DO NOTHING")) {
                set(statement, name, period(), name, day.toString());
                statement.executeUpdate();
            }
            try (PreparedStatement statement =
                    prepared("SELECT 1 FROM triptych_budget WHERE budget = ? AND period = ? FOR UPDATE")) {
                set(statement, name, period());
                statement.executeQuery().close();
            }
        }

        /** Forgets what was not sent in time: it costs nothing. {@code own} is about to be held anew. */
        void release(String own) throws SQLException {
            try (PreparedStatement statement = prepared("DELETE FROM triptych_budget_call WHERE budget = ? AND NOT sent"
                    + " AND held_until <= clock_timestamp() AND day >= ? AND day < ? AND id <> ?"
                    + " RETURNING day, micros, pictures")) {
                set(statement, name, month.atDay(1), month.plusMonths(1).atDay(1), own);
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        add(rows.getObject(1, LocalDate.class), new Micros(-rows.getLong(2), -rows.getLong(3)));
                    }
                }
            }
        }

        /** What call {@code id} holds. */
        Optional<Micros> call(String id) throws SQLException {
            return one("SELECT micros, pictures FROM triptych_budget_call WHERE budget = ? AND id = ?", name, id);
        }

        /** Takes call {@code id} away; what it held. */
        Optional<Micros> remove(String id) throws SQLException {
            return one(
                    "DELETE FROM triptych_budget_call WHERE budget = ? AND id = ? RETURNING micros, pictures",
                    name,
                    id);
        }

        /** The sum of a month or a day. */
        Micros sum(String period) throws SQLException {
            return one("SELECT micros, pictures FROM triptych_budget WHERE budget = ? AND period = ?", name, period)
                    .orElseThrow();
        }

        void write(Hold hold, Micros all) throws SQLException {
            try (PreparedStatement statement = prepared("INSERT INTO triptych_budget_call"
                    + " (budget, id, generator, day, micros, pictures, sent, held_until)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, clock_timestamp() + ? * interval '1 millisecond')"
                    + " ON CONFLICT (budget, id) DO UPDATE SET micros = excluded.micros, pictures = excluded.pictures,"
                    + " sent = triptych_budget_call.sent OR excluded.sent, held_until = excluded.held_until")) {
                set(
                        statement,
                        name,
                        hold.id(),
                        hold.generator(),
                        hold.day(),
                        all.micros(),
                        all.pictures(),
                        hold.sending(),
                        lease.toMillis());
                statement.executeUpdate();
            }
        }

        void add(LocalDate day, Micros more) throws SQLException {
            try (PreparedStatement statement = prepared("UPDATE triptych_budget SET micros = micros + ?,"
                    + " pictures = pictures + ? WHERE budget = ? AND period IN (?, ?)")) {
                set(statement, more.micros(), more.pictures(), name, period(), day.toString());
                statement.executeUpdate();
            }
        }

        int openCalls() throws SQLException {
            try (PreparedStatement statement = prepared(
                    "SELECT count(*) FROM triptych_budget_call WHERE budget = ?" + " AND day >= ? AND day < ?")) {
                set(statement, name, month.atDay(1), month.plusMonths(1).atDay(1));
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    return rows.getInt(1);
                }
            }
        }

        private Optional<Micros> one(String sql, Object... values) throws SQLException {
            try (PreparedStatement statement = prepared(sql)) {
                set(statement, values);
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next() ? Optional.of(new Micros(rows.getLong(1), rows.getLong(2))) : Optional.empty();
                }
            }
        }

        private PreparedStatement prepared(String sql) throws SQLException {
            return connection.prepareStatement(sql);
        }

        private static void set(PreparedStatement statement, Object... values) throws SQLException {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
        }
    }

    @Override
    public String place() {
        return server.place();
    }

    @Override
    public void close() {
        server.close();
    }
}
