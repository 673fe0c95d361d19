package dev.triptych.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.config.SharedSettings;
import dev.triptych.ledger.Amount;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetStore;
import dev.triptych.storage.PostgresServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlBudgetTest extends BudgetStoreContract {

    @TempDir
    private static Path folder;

    private static PostgresServer postgres;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.start(folder);
    }

    @AfterAll
    static void stop() throws Exception {
        if (postgres != null) {
            postgres.close();
        }
    }

    @BeforeEach
    void forget() throws Exception {
        postgres.forget("triptych_budget", "triptych_budget_call");
    }

    private static SharedSettings settings(String url) {
        return SharedSettings.jdbc(url, Optional.of("triptych"), Optional.of(""));
    }

    @Override
    BudgetStore store() {
        return new SqlBudget(new SqlServer(settings(postgres.url()), Duration.ofSeconds(5)), "test/USD", LEASE);
    }

    @Override
    void endLeases() throws Exception {
        try (Connection connection = DriverManager.getConnection(postgres.url(), "triptych", "");
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE triptych_budget_call SET held_until = held_until - interval '1 hour'");
        }
    }

    @Test
    void saysWhereTheDatabaseIsThatDoesNotAnswer() {
        SharedSettings nowhere = settings("jdbc:postgresql://127.0.0.1:1/triptych?sslmode=disable");
        try (BudgetStore store = new SqlBudget(new SqlServer(nowhere, Duration.ofMillis(300)), "test/USD", LEASE)) {
            assertThatThrownBy(() -> store.hold(
                            hold("a", new Amount(BigDecimal.ONE, 1)), BudgetLimits.none(), BudgetLimits.none()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the database jdbc:postgresql://127.0.0.1:1/triptych must answer but did not");
            assertThat(store.place()).isEqualTo("the database jdbc:postgresql://127.0.0.1:1/triptych");
        }
    }
}
