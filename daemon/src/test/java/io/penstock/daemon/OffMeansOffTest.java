package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.daemon.store.Database;
import io.penstock.fixtures.broker.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon in a network namespace of its own: loopback with a plant on it, and a second interface with the default route and a name
 * server behind it, whose packets are counted by the kernel. Where such a namespace may not be made the test says so and is skipped.
 */
@Tag("slow")
class OffMeansOffTest {
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final String WAY_OUT = "wan0";
    private static final List<String> NAMESPACE = List.of("unshare", "--map-root-user", "--net", "--mount");
    private static final List<String> TABLES = List.of(
            "uplink_summary", "uplink_frame", "uplink_ledger", "uplink_count", "uplink_setting", "uplink_command");

    @TempDir
    Path folder;

    @Test
    void offNoPacketNoNameAndNoRowFromStartThroughAnAlarmToTheEnd() throws Exception {
        Map<String, Long> counted = run("");
        assertThat(counted.get("readings")).as("the plant was heard").isGreaterThan(0);
        assertThat(counted.get("cases")).as("an alarm was raised").isGreaterThan(0);
        assertThat(counted.get("packets")).as("packets on the way out").isZero();
        assertThat(counted.get("bytes")).isZero();
        for (String table : TABLES) {
            assertThat(counted.get(table)).as(table).isZero();
        }
    }

    @Test
    void onTheSameMeasureSeesTheNameAskedFor() throws Exception {
        Path keys = Files.writeString(folder.resolve("uplink.keys"), "7 " + "c3".repeat(44) + "\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        Map<String, Long> counted = run("[uplink]\nenabled = true\nframe_keys = \"uplink.keys\"\n"
                + "bytes_per_month = \"20KiB\"\nbroker = \"tcp://hub.example.net:1883\"\n");
        assertThat(counted.get("packets")).isGreaterThan(0);
        assertThat(counted.get("uplink_summary")).isGreaterThan(0);
    }

    /** Runs plant, broker and daemon in the namespace; what was counted there, and rows in the store. */
    private Map<String, Long> run(String uplink) throws Exception {
        Path name = Files.writeString(folder.resolve("resolv.conf"), "nameserver 192.0.2.53\n");
        Path said = folder.resolve("said.txt");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String script = """
                set -e
                echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
                echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
                mount --bind RESOLV /etc/resolv.conf
                ip link set lo up
                ip link add WAN type veth peer name far0
                ip address add 192.0.2.2/24 dev WAN
                ip link set WAN up
                ip link set far0 up
                ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev WAN
                ip route add default via 192.0.2.1
                echo begin $(awk '/WAN:/ {print $11}' /proc/net/dev)
                "$1" -Xmx512m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
                  --sun-misc-unsafe-memory-access=allow 'INSIDE' "$2" "$3"
                echo packets $(awk '/WAN:/ {print $11}' /proc/net/dev)
                echo bytes $(awk '/WAN:/ {print $10}' /proc/net/dev)
                """.replace("RESOLV", name.toString())
                .replace("WAN", WAY_OUT)
                .replace("INSIDE", Inside.class.getName());
        assumeTrue(mayMakeNamespaces(), "skipped: unshare may make no network namespace here (or ip is not installed)");
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(
                                NAMESPACE.stream(),
                                Stream.of("sh", "-c", script, "sh", java, folder.toString(), uplink))
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.start();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(said);
        assertThat(process.exitValue()).as(text).isZero();
        assertThat(text).contains("begin 0");
        Map<String, Long> counted = new HashMap<>();
        text.lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 2 && words[1].matches("\\d+"))
                .forEach(words -> counted.put(words[0], Long.valueOf(words[1])));
        return counted;
    }

    private static boolean mayMakeNamespaces() throws Exception {
        try {
            Process tried = new ProcessBuilder(Stream.concat(
                                    NAMESPACE.stream(),
                                    Stream.of("ip", "link", "add", WAY_OUT, "type", "veth", "peer", "name", "far0"))
                            .toList())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return tried.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** What runs in the namespace. */
    public static final class Inside {
        private Inside() {}

        /** @param arguments folder, and the configuration's uplink table */
        public static void main(String[] arguments) throws Exception {
            TestSite site = new TestSite(Path.of(arguments[0]));
            try (EmbeddedBroker broker = new EmbeddedBroker()) {
                broker.start();
                Path config = site.config(
                        new String[] {"pump-1"},
                        TestSite.mqtt(broker.uri()),
                        TestSite.publish(broker.uri()),
                        TestSite.NO_MODELS,
                        arguments[1]);
                try (DaemonProcess daemon = DaemonProcess.start(config);
                        PahoSide plant = new PahoSide(broker.uri())) {
                    await("subscribed").atMost(PATIENCE).until(daemon::connected);
                    plant.publish("plant/pump-1/bearing_temp_c", TestSite.reading(System.currentTimeMillis(), 91));
                    await("an alarm, published")
                            .atMost(PATIENCE)
                            .until(() ->
                                    count(site, "asset_case") > 0 && count(site, "outbox WHERE sent_time > 0") > 0);
                    if (!arguments[1].isEmpty()) {
                        await("a summary").atMost(PATIENCE).until(() -> count(site, "uplink_summary") > 0);
                    }
                    daemon.stop();
                }
            }
            System.out.println("readings " + count(site, "reading"));
            System.out.println("cases " + count(site, "asset_case"));
            for (String table : TABLES) {
                System.out.println(table + " " + count(site, table));
            }
            System.exit(0);
        }

        private static long count(TestSite site, String table) throws Exception {
            return Database.readOnly(site.store(), c -> {
                try (var s = c.createStatement();
                        var r = s.executeQuery("SELECT count(*) FROM " + table)) {
                    return r.getLong(1);
                }
            });
        }
    }
}
