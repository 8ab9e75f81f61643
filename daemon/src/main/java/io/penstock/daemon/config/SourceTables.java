package io.penstock.daemon.config;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.MqttTls;
import io.penstock.sensors.mqtt.MqttVersion;
import io.penstock.sensors.mqtt.TopicTemplate;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.sparkplug.SparkplugSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads {@code [[mqtt]]} and {@code [[sparkplug]]}: where readings come from. */
final class SourceTables {
    private final UnaryOperator<String> path;
    private final SubscriptionTables subscriptionTables;

    /**
     * @param path makes a path absolute, relative to the configuration's folder
     * @param channelUnits as the asset files say them
     */
    SourceTables(UnaryOperator<String> path, Map<ChannelId, String> channelUnits) {
        this.path = path;
        this.subscriptionTables = new SubscriptionTables(channelUnits);
    }

    List<MqttSourceSettings> mqtt(List<Section> sections) {
        List<MqttSourceSettings> all = new ArrayList<>();
        for (Section s : sections) {
            String name = s.requiredText("name");
            int largestPayload =
                    (int) Math.min(s.bytes("largest_payload", PayloadFormat.DEFAULT_LARGEST_BYTES), Integer.MAX_VALUE);
            List<MqttSourceSettings.Subscription> subscriptions = new ArrayList<>();
            for (Section sub : s.sections("subscribe")) {
                add(subscriptions, sub, "topic", () -> subscriptionTables.subscription(sub, largestPayload));
                sub.done();
            }
            add(all, s, "uri", () -> new MqttSourceSettings(name, connection(s), subscriptions, largestPayload));
            s.done();
        }
        return all;
    }

    private MqttConnectionSettings connection(Section s) {
        int qos = s.whole("qos", 1, 0, 1);
        int receiveMaximum = s.whole("receive_maximum", MqttConnectionSettings.DEFAULT_RECEIVE_MAXIMUM, 1, 65_535);
        return broker(s).withSubscribeQos(qos).withReceiveMaximum(receiveMaximum);
    }

    private MqttConnectionSettings broker(Section s) {
        String client = s.text("client_id", "penstock-" + s.requiredText("name"));
        return brokerKeys(s, MqttConnectionSettings.DEFAULT_KEEP_ALIVE, tls(s, path), path)
                .apply(MqttConnectionSettings.of(s.requiredText("uri"), client));
    }

    /** The keys of every table that names a broker, beside its address: {@code user}, {@code keep_alive}, {@code version}, TLS. */
    static UnaryOperator<MqttConnectionSettings> brokerKeys(
            Section s, Duration usualKeepAlive, MqttTls tls, UnaryOperator<String> path) {
        String user = s.text("user", "");
        String password = s.text("password_file", "");
        if (user.isEmpty() != password.isEmpty()) {
            s.problem("user", "user and password_file go together, found only one");
        }
        MqttConnectionSettings.Credentials credentials = user.isEmpty() || password.isEmpty()
                ? null
                : new MqttConnectionSettings.Credentials(user, Path.of(path.apply(password)));
        MqttVersion version = version(s);
        Duration keepAlive = s.duration("keep_alive", usualKeepAlive);
        return broker -> broker.withVersion(version)
                .withKeepAlive(keepAlive)
                .withCredentials(credentials)
                .withTls(tls);
    }

    /** {@code version}, of every table that names a broker. */
    static MqttVersion version(Section s) {
        String found = s.text("version", "auto");
        return switch (found) {
            case "auto" -> MqttVersion.AUTO;
            case "5" -> MqttVersion.V5;
            case "3.1.1" -> MqttVersion.V3_1_1;
            default -> {
                s.problem("version", "found \"" + found + "\", expected \"auto\", \"5\" or \"3.1.1\"");
                yield MqttVersion.AUTO;
            }
        };
    }

    /** The TLS keys of every table that names a broker. */
    static MqttTls tls(Section s, UnaryOperator<String> path) {
        try {
            return new MqttTls(
                    file(s, "trust_file", path),
                    file(s, "certificate_file", path),
                    file(s, "key_file", path),
                    file(s, "key_password_file", path),
                    minimum(s));
        } catch (IllegalArgumentException e) {
            s.problem("certificate_file", String.valueOf(e.getMessage()));
            return MqttTls.DEFAULT;
        }
    }

    private static MqttTls.Minimum minimum(Section s) {
        String found = s.text("tls_minimum", "1.2");
        return switch (found) {
            case "1.2" -> MqttTls.Minimum.TLS_1_2;
            case "1.3" -> MqttTls.Minimum.TLS_1_3;
            default -> {
                s.problem("tls_minimum", "found \"" + found + "\", expected \"1.2\" or \"1.3\"");
                yield MqttTls.Minimum.TLS_1_2;
            }
        };
    }

    private static @Nullable Path file(Section s, String key, UnaryOperator<String> path) {
        String name = s.text(key, "");
        return name.isEmpty() ? null : Path.of(path.apply(name));
    }

    List<SparkplugSettings> sparkplug(List<Section> sections) {
        List<SparkplugSettings> all = new ArrayList<>();
        for (Section s : sections) {
            String name = s.requiredText("name");
            List<SparkplugSettings.Mapping> metrics = new ArrayList<>();
            for (Section metric : s.sections("metric")) {
                add(metrics, metric, "path", () -> mapping(metric));
                metric.done();
            }
            List<String> nodes = s.has("nodes") ? s.texts("nodes") : List.of("+/+");
            boolean rebirth = s.flag("rebirth", true);
            add(all, s, "nodes", () -> new SparkplugSettings(name, broker(s), nodes, metrics, rebirth));
            s.done();
        }
        return all;
    }

    private static SparkplugSettings.Mapping mapping(Section s) {
        return new SparkplugSettings.Mapping(
                new TopicTemplate(
                        s.requiredText("path"), emptyToNull(s.text("asset", "")), emptyToNull(s.text("channel", ""))),
                emptyToNull(s.text("expected_unit", "")));
    }

    static <T> void add(List<T> to, Section s, String key, Supplier<T> build) {
        try {
            to.add(build.get());
        } catch (IllegalArgumentException e) {
            s.problem(key, String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
