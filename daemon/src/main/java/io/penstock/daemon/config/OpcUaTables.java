package io.penstock.daemon.config;

import io.penstock.sensors.opcua.OpcUaAccess;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Content;
import io.penstock.sensors.opcua.OpcUaSourceSettings.DeadbandKind;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Group;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Item;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Matching;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Node;
import io.penstock.sensors.opcua.OpcUaSourceSettings.Sampling;
import io.penstock.sensors.opcua.PathPattern;
import io.penstock.sensors.reading.ChannelId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads {@code [[opcua]]}: a server, its groups, their nodes and paths. */
final class OpcUaTables {
    private final UnaryOperator<String> path;

    /** @param path makes a path absolute, relative to the configuration's folder */
    OpcUaTables(UnaryOperator<String> path) {
        this.path = path;
    }

    List<OpcUaSourceSettings> sources(List<Section> sections) {
        List<OpcUaSourceSettings> all = new ArrayList<>();
        for (Section s : sections) {
            String name = s.requiredText("name");
            Optional<OpcUaAccess> access = built(s, "endpoint", () -> access(s));
            List<Group> groups = groups(s);
            Duration browse = s.duration("browse_every", OpcUaSourceSettings.DEFAULT_BROWSE_EVERY);
            boolean partly = access.isEmpty() || (groups.isEmpty() && hasItems(s));
            // what is wrong with a part has been said: it must not be said again as if the whole were missing
            if (!partly) {
                built(s, "name", () -> new OpcUaSourceSettings(name, access.orElseThrow(), browse, groups))
                        .ifPresent(all::add);
            }
            s.done();
        }
        return all;
    }

    private static boolean hasItems(Section s) {
        return s.has("item") || s.has("group");
    }

    private OpcUaAccess access(Section s) {
        String trust = s.text("trust_folder", "");
        return new OpcUaAccess(
                s.requiredText("endpoint"),
                s.choice("security", OpcUaAccess.Security.class, OpcUaAccess.Security.NONE),
                s.choice("mode", OpcUaAccess.Mode.class, OpcUaAccess.Mode.SIGN_AND_ENCRYPT),
                login(s),
                trust.isEmpty() ? null : Path.of(path.apply(trust)),
                s.flag("verify_host", true));
    }

    private OpcUaAccess.Login login(Section s) {
        String user = s.text("user", "");
        String password = s.text("password_file", "");
        String certificate = s.text("user_certificate", "");
        String key = s.text("user_key", "");
        if (user.isEmpty() != password.isEmpty()) {
            s.problem("user", "user and password_file go together, found only one");
        }
        if (certificate.isEmpty() != key.isEmpty()) {
            s.problem("user_certificate", "user_certificate and user_key go together, found only one");
        }
        if (!user.isEmpty() && !certificate.isEmpty()) {
            s.problem("user", "found a user with a password and a user certificate, expected only one of them");
        }
        if (!certificate.isEmpty()) {
            return new OpcUaAccess.Login.Certificate(
                    Path.of(path.apply(certificate)), Path.of(path.apply(key.isEmpty() ? certificate : key)));
        }
        return user.isEmpty() || password.isEmpty()
                ? OpcUaAccess.ANONYMOUS
                : new OpcUaAccess.Login.Password(user, Path.of(path.apply(password)));
    }

    private static List<Group> groups(Section s) {
        Duration publish = s.duration("publish_every", OpcUaSourceSettings.DEFAULT_PUBLISHING_INTERVAL);
        Duration watchdog = s.duration("watchdog", Group.watchdogFor(publish));
        Sampling sampling = sampling(s, within(Sampling.DEFAULT, publish));
        List<Group> groups = new ArrayList<>();
        if (s.has("item")) {
            group("", s, publish, watchdog, sampling).ifPresent(groups::add);
        }
        for (Section g : s.sections("group")) {
            Duration own = g.duration("publish_every", publish);
            Duration least = Group.watchdogFor(own);
            boolean inherits = s.has("watchdog") && watchdog.compareTo(own.multipliedBy(4)) >= 0;
            group(
                            g.requiredText("name"),
                            g,
                            own,
                            g.duration("watchdog", inherits ? watchdog : least),
                            sampling(g, within(sampling, own)))
                    .ifPresent(groups::add);
            g.done();
        }
        return groups;
    }

    private static Sampling within(Sampling sampling, Duration publish) {
        return sampling.every().compareTo(publish) <= 0
                ? sampling
                : new Sampling(publish, sampling.queue(), sampling.kind(), sampling.deadband());
    }

    private static Optional<Group> group(
            String name, Section s, Duration publish, Duration watchdog, Sampling sampling) {
        List<Item> items = new ArrayList<>();
        List<Section> sections = s.sections("item");
        for (Section item : sections) {
            built(item, item.has("path") ? "path" : "node", () -> item(item, sampling))
                    .ifPresent(items::add);
            item.done();
        }
        if (items.isEmpty() && !sections.isEmpty()) {
            return Optional.empty();
        }
        return built(s, "publish_every", () -> new Group(name, publish, watchdog, items));
    }

    private static Sampling sampling(Section s, Sampling fallback) {
        if (s.has("deadband") && s.has("deadband_percent")) {
            s.problem("deadband", "found deadband and deadband_percent, expected only one of them");
        }
        DeadbandKind kind = s.has("deadband_percent")
                ? DeadbandKind.PERCENT
                : s.has("deadband") ? DeadbandKind.ABSOLUTE : fallback.kind();
        double deadband = s.has("deadband_percent")
                ? s.number("deadband_percent", 0, 0, 100)
                : s.number("deadband", fallback.deadband(), 0, 1e12);
        return new Sampling(
                s.duration("sample_every", fallback.every()),
                s.whole("queue", fallback.queue(), 0, 100_000),
                kind,
                deadband);
    }

    private static Item item(Section s, Sampling fallback) {
        boolean matching = s.has("path");
        if (matching && s.has("node")) {
            s.problem("node", "found node and path, expected only one of them");
        }
        Sampling sampling = sampling(s, fallback);
        Content content = content(s);
        if (matching) {
            return new Matching(
                    new PathPattern(s.requiredText("path"), s.text("asset", "{asset}"), s.text("channel", "{channel}")),
                    s.whole("most", OpcUaSourceSettings.DEFAULT_MOST, 1, 20_000),
                    sampling,
                    content);
        }
        return new Node(
                s.requiredText("node"),
                new ChannelId(s.requiredText("asset"), s.requiredText("channel")),
                sampling,
                content);
    }

    private static Content content(Section s) {
        Double rate = s.has("rate_hz") ? (Double) s.number("rate_hz", 1, 1, 10_000_000) : null;
        String samples = s.text("samples_field", "");
        if (!samples.isEmpty()) {
            return new Content.Structure(samples, s.text("rate_field", ""), s.text("time_field", ""), rate);
        }
        if (s.has("rate_field") || s.has("time_field")) {
            s.problem("samples_field", "rate_field and time_field need samples_field, the field that holds the array");
        }
        return rate == null ? Content.NUMBER : new Content.Samples(rate);
    }

    private static <T> Optional<T> built(Section s, String key, Supplier<@Nullable T> build) {
        try {
            return Optional.ofNullable(build.get());
        } catch (IllegalArgumentException e) {
            s.problem(key, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }
}
