package io.penstock.daemon.config;

import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.TopicTemplate;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.Json;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.reading.ChannelId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads {@code [[mqtt]]} and {@code [[opcua]]}: where readings come from. */
final class SourceTables {
    private final UnaryOperator<String> path;

    /** @param path makes a path absolute, relative to the configuration's folder */
    SourceTables(UnaryOperator<String> path) {
        this.path = path;
    }

    List<MqttSourceSettings> mqtt(List<Section> sections) {
        List<MqttSourceSettings> all = new ArrayList<>();
        for (Section s : sections) {
            String name = s.requiredText("name");
            List<MqttSourceSettings.Subscription> subscriptions = new ArrayList<>();
            for (Section sub : s.sections("subscribe")) {
                add(subscriptions, sub, "topic", () -> subscription(sub));
                sub.done();
            }
            add(all, s, "uri", () -> new MqttSourceSettings(name, connection(s), subscriptions));
            s.done();
        }
        return all;
    }

    private MqttConnectionSettings connection(Section s) {
        String user = s.text("user", "");
        String password = s.text("password_file", "");
        if (user.isEmpty() != password.isEmpty()) {
            s.problem("user", "user and password_file go together, found only one");
        }
        String trust = s.text("trust_file", "");
        return MqttConnectionSettings.of(
                        s.requiredText("uri"), s.text("client_id", "penstock-" + s.requiredText("name")))
                .withKeepAlive(s.duration("keep_alive", MqttConnectionSettings.DEFAULT_KEEP_ALIVE))
                .withReceiveMaximum(
                        s.whole("receive_maximum", MqttConnectionSettings.DEFAULT_RECEIVE_MAXIMUM, 1, 65_535))
                .withCredentials(
                        user.isEmpty() || password.isEmpty()
                                ? null
                                : new MqttConnectionSettings.Credentials(user, Path.of(path.apply(password))))
                .withTrustFile(trust.isEmpty() ? null : Path.of(path.apply(trust)));
    }

    private static MqttSourceSettings.Subscription subscription(Section s) {
        PayloadFormat format = switch (s.choice("payload", Payload.class, Payload.JSON)) {
            case PLAIN -> new Plain();
            case JSON ->
                new Json(
                        s.text("value", "/value"),
                        emptyToNull(s.text("time", "/ts")),
                        s.choice("time_format", TimeFormat.class, TimeFormat.MILLISECONDS),
                        emptyToNull(s.text("quality", "")),
                        emptyToNull(s.text("unit", "")),
                        emptyToNull(s.text("expected_unit", "")));
            case BINARY ->
                new Binary(
                        s.choice("header", Binary.Header.class, Binary.Header.NONE),
                        s.choice("samples", Binary.SampleType.class, Binary.SampleType.FLOAT32),
                        s.number("scale", 1, -1e12, 1e12),
                        s.requiredNumber("rate_hz", 1, 10_000_000));
        };
        TopicTemplate template = new TopicTemplate(
                s.requiredText("topic"), emptyToNull(s.text("asset", "")), emptyToNull(s.text("channel", "")));
        return new MqttSourceSettings.Subscription(s.text("filter", template.filter()), template, format);
    }

    private enum Payload {
        PLAIN,
        JSON,
        BINARY
    }

    List<OpcUaSourceSettings> opcua(List<Section> sections) {
        List<OpcUaSourceSettings> all = new ArrayList<>();
        for (Section s : sections) {
            List<OpcUaSourceSettings.Item> items = new ArrayList<>();
            for (Section item : s.sections("item")) {
                add(items, item, "node", () -> item(item));
                item.done();
            }
            add(all, s, "endpoint", () -> opcua(s, items));
            s.done();
        }
        return all;
    }

    private OpcUaSourceSettings opcua(Section s, List<OpcUaSourceSettings.Item> items) {
        String user = s.text("user", "");
        String password = s.text("password_file", "");
        if (user.isEmpty() != password.isEmpty()) {
            s.problem("user", "user and password_file go together, found only one");
        }
        String trust = s.text("trust_folder", "");
        return new OpcUaSourceSettings(
                s.requiredText("name"),
                s.requiredText("endpoint"),
                s.choice("security", OpcUaSourceSettings.Security.class, OpcUaSourceSettings.Security.NONE),
                user.isEmpty() || password.isEmpty()
                        ? null
                        : new OpcUaSourceSettings.Credentials(user, Path.of(path.apply(password))),
                trust.isEmpty() ? null : Path.of(path.apply(trust)),
                s.duration("publish_every", OpcUaSourceSettings.DEFAULT_PUBLISHING_INTERVAL),
                s.duration("sample_every", OpcUaSourceSettings.DEFAULT_SAMPLING_INTERVAL),
                items);
    }

    private static OpcUaSourceSettings.Item item(Section s) {
        return new OpcUaSourceSettings.Item(
                s.requiredText("node"),
                new ChannelId(s.requiredText("asset"), s.requiredText("channel")),
                s.number("deadband", 0, 0, 1e12),
                s.has("rate_hz") ? (Double) s.number("rate_hz", 1, 1, 10_000_000) : null);
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
