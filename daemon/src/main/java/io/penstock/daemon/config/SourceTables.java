package io.penstock.daemon.config;

import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.reading.ChannelId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Reads {@code [[mqtt]]} and {@code [[replay]]}: where readings come from. */
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

    List<FileSourceSettings> replay(List<Section> sections) {
        List<FileSourceSettings> all = new ArrayList<>();
        for (Section s : sections) {
            add(
                    all,
                    s,
                    "file",
                    () -> new FileSourceSettings(
                            s.text("name", "replay"),
                            Path.of(path.apply(s.requiredText("file"))),
                            s.text("asset", ""),
                            Set.copyOf(s.texts("ignore")),
                            s.has("speed") ? (Double) s.number("speed", 1, 0.001, 1e6) : null));
            s.done();
        }
        return all;
    }

    private static <T> void add(List<T> to, Section s, String key, Supplier<T> build) {
        try {
            to.add(build.get());
        } catch (IllegalArgumentException e) {
            s.problem(key, String.valueOf(e.getMessage()));
        }
    }
}
