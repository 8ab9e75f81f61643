package io.penstock.daemon.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.fixtures.database.PostgresqlServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On Debian's PostgreSQL. */
class PostgresqlIntakeTest extends IntakeContract {
    private static @Nullable PostgresqlServer server;
    private StoreAddress address = new StoreAddress.Sqlite(Path.of(""));

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(PostgresqlServer.isInstalled(), "skipped: PostgreSQL is not installed (apt-get install postgresql)");
        server = PostgresqlServer.started();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static PostgresqlServer server() {
        PostgresqlServer started = server;
        assertThat(started).isNotNull();
        return started;
    }

    @BeforeEach
    void makeDatabase() throws Exception {
        address = new StoreAddress.Postgresql(server().database(), PostgresqlServer.USER, server().passwordFile());
    }

    @Override
    StoreAddress address() {
        return address;
    }

    @Test
    void framesOutliveAServerThatCrashesAndAreTakenOnceWhenItIsBack() throws Exception {
        FrameKey key = site("works", 1);
        try (Stepped hub = new Stepped(address)) {
            hub.bring("works", frame(key, 0, summary()));
            assertThat(hub.settled()).hasSize(1);
            server().crash();
            hub.bring("works", frame(key, 0, summary()));
            hub.bring("works", frame(key, 1, summary()));
            assertThatThrownBy(hub::settled).isInstanceOf(StoreFailed.class);
            assertThatThrownBy(hub::settled).isInstanceOf(StoreFailed.class);
            assertThat(hub.verdicts).as("nothing is answered").isEmpty();
            server().start();
            assertThat(hub.settled())
                    .satisfiesExactly(
                            known -> assertThat(known).isEqualTo(new Verdict.Known(1, 0)),
                            taken -> assertThat(taken).isInstanceOf(Verdict.Taken.class));
        }
    }

    @Test
    void aWrongPasswordIsToldInPlainWords() throws Exception {
        StoreAddress wrong = new StoreAddress.Postgresql(
                server().database(), PostgresqlServer.USER, Files.writeString(folder.resolve("wrong"), "guess\n"));
        assertThatThrownBy(() -> new Stepped(wrong).close())
                .isInstanceOf(StoreFailed.class)
                .hasMessageContaining("password authentication failed");
    }
}
