package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.config.HubFile;
import io.penstock.daemon.hub.FleetReport;
import io.penstock.daemon.hub.HubDatabase;
import io.penstock.daemon.hub.StoreAddress;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.fixtures.broker.MosquittoBroker;
import io.penstock.fixtures.database.PostgresqlServer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub that is killed at random moments: nothing it has acknowledged is lost, nothing is taken twice. */
class HubKillTest {
    private static final int SITES = 20;
    private static final long MINUTES = 466_000;

    @TempDir
    Path folder;

    private record Sent(String site, byte[] frame) {}

    private static FrameKey key(int site) {
        return FrameKey.parse(line(site));
    }

    private static String line(int site) {
        return "1 " + String.format("%02x", site + 1).repeat(44);
    }

    /** All sites' frames, each of them again now and then, in no order. */
    private static List<Sent> frames(int each, Random random) {
        List<Sent> all = new ArrayList<>();
        for (int site = 0; site < SITES; site++) {
            for (int counter = 0; counter < each; counter++) {
                byte[] frame = HubSite.frame(key(site), counter, MINUTES + counter, Severity.WARNING);
                all.add(new Sent("site-" + site, frame));
                if (random.nextInt(10) == 0) {
                    all.add(new Sent("site-" + site, frame));
                }
            }
        }
        Collections.shuffle(all, random);
        return all;
    }

    private void torture(HubSite hub, Path config, MosquittoBroker broker, int kills, int each) throws Exception {
        Random random = new Random(kills);
        for (int site = 0; site < SITES; site++) {
            hub.site("site-" + site, line(site));
        }
        List<Sent> frames = frames(each, random);
        HubSite.Running running = hub.start("connected as penstock-hub ");
        MqttClient sites = new MqttClient("tcp://127.0.0.1:" + broker.port(), "sites", new MemoryPersistence());
        sites.setTimeToWait(30_000);
        try {
            sites.connect();
            int from = 0;
            for (int kill = 0; kill <= kills; kill++) {
                int to = kill == kills ? frames.size() : from + frames.size() / (kills + 1);
                int cut = from + random.nextInt(Math.max(1, to - from));
                for (int i = from; i < to; i++) {
                    Sent sent = frames.get(i);
                    sites.publish("penstock/uplink/v1/" + sent.site(), sent.frame(), 1, false);
                    if (kill < kills && i == cut) {
                        running.kill();
                    }
                }
                if (kill < kills) {
                    running = hub.start();
                }
                from = to;
            }
            StoreAddress store = HubFile.read(config).store();
            await("all are there").atMost(HubSite.PATIENCE).until(() -> rows(store) >= SITES * (long) each);
            running.stop();
            assertThat(rows(store)).as("each once").isEqualTo(SITES * (long) each);
            assertThat(FleetReport.sites(store, Map.of(), "2026-11", Instant.now()))
                    .hasSize(SITES)
                    .allSatisfy(line -> {
                        assertThat(line.missing()).isZero();
                        assertThat(line.refused().keySet()).isSubsetOf("replayed");
                    });
            assertThat(frames(store)).isEqualTo(SITES * (long) each);
        } finally {
            running.close();
            sites.disconnectForcibly(500, 500);
            sites.close(true);
        }
    }

    private static long rows(StoreAddress store) throws Exception {
        return number(store, "SELECT count(*) FROM (SELECT DISTINCT site, key_id, counter FROM hub_frame) AS f");
    }

    private static long frames(StoreAddress store) throws Exception {
        return number(store, "SELECT count(*) FROM hub_frame");
    }

    private static long number(StoreAddress store, String query) throws Exception {
        return HubDatabase.readOnly(store, c -> {
            try (var s = c.createStatement();
                    var r = s.executeQuery(query)) {
                r.next();
                return r.getLong(1);
            }
        });
    }

    private MosquittoBroker broker() throws Exception {
        assumeTrue(MosquittoBroker.isInstalled(), "skipped: mosquitto is not installed (apt-get install mosquitto)");
        MosquittoBroker broker = new MosquittoBroker(folder.resolve("mosquitto"));
        broker.start();
        return broker;
    }

    private static String broker(MosquittoBroker broker) {
        return HubSite.broker("tcp://127.0.0.1:" + broker.port());
    }

    @Test
    void twoKillsLoseNothingAndDoubleNothing() throws Exception {
        try (MosquittoBroker broker = broker()) {
            HubSite hub = new HubSite(folder.resolve("hub"));
            torture(hub, hub.config(HubSite.sqlite(), broker(broker)), broker, 2, 40);
        }
    }

    @Test
    @Tag("fault")
    void twentyKillsLoseNothingAndDoubleNothing() throws Exception {
        try (MosquittoBroker broker = broker()) {
            HubSite hub = new HubSite(folder.resolve("hub"));
            torture(hub, hub.config(HubSite.sqlite(), broker(broker)), broker, 20, 1_000);
        }
    }

    @Test
    @Tag("fault")
    void twentyKillsLoseNothingAndDoubleNothingOnPostgresql() throws Exception {
        assumeTrue(PostgresqlServer.isInstalled(), "skipped: PostgreSQL is not installed (apt-get install postgresql)");
        try (MosquittoBroker broker = broker();
                PostgresqlServer server = PostgresqlServer.started()) {
            HubSite hub = new HubSite(folder.resolve("hub"));
            torture(hub, hub.config(postgresql(server), broker(broker)), broker, 20, 1_000);
        }
    }

    @Test
    @Tag("fault")
    void framesWaitWhileTheDatabaseIsAwayAndTheHubNeedsNoRestart() throws Exception {
        assumeTrue(PostgresqlServer.isInstalled(), "skipped: PostgreSQL is not installed (apt-get install postgresql)");
        try (MosquittoBroker broker = broker();
                PostgresqlServer server = PostgresqlServer.started()) {
            HubSite hub = new HubSite(folder.resolve("hub"));
            hub.site("site-0", line(0));
            Path config = hub.config(postgresql(server) + "queue = 100\n", broker(broker));
            StoreAddress store = HubFile.read(config).store();
            MqttClient site = new MqttClient("tcp://127.0.0.1:" + broker.port(), "site", new MemoryPersistence());
            site.setTimeToWait(30_000);
            try (HubSite.Running running = hub.start("connected as penstock-hub ")) {
                site.connect();
                for (int counter = 0; counter < 3_000; counter++) {
                    if (counter == 500) {
                        server.crash();
                    }
                    byte[] frame = HubSite.frame(key(0), counter, MINUTES + counter, Severity.WARNING);
                    site.publish("penstock/uplink/v1/site-0", frame, 1, false);
                }
                server.start();
                await("all are there").atMost(HubSite.PATIENCE).until(() -> frames(store) == 3_000);
                assertThat(rows(store)).isEqualTo(3_000);
                running.stop();
            } finally {
                site.disconnectForcibly(500, 500);
                site.close(true);
            }
        }
    }

    private static String postgresql(PostgresqlServer server) throws Exception {
        return "postgresql = \"" + server.database() + "\"\nuser = \"" + PostgresqlServer.USER
                + "\"\npassword_file = \"" + server.passwordFile() + "\"\n";
    }
}
