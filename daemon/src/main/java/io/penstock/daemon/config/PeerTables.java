package io.penstock.daemon.config;

import io.penstock.daemon.egress.EgressField;
import io.penstock.daemon.egress.EndpointSettings;
import io.penstock.daemon.peer.PeerSettings;
import io.penstock.daemon.peer.PeerTls;
import io.penstock.daemon.peer.ServeSettings;
import io.penstock.daemon.peer.StandbySettings;
import io.penstock.daemon.route.Sensitivity;
import io.penstock.daemon.uplink.Budget;
import io.penstock.daemon.uplink.Tariff;
import io.penstock.models.remote.HttpWire;
import io.penstock.models.remote.Pin;
import io.penstock.models.remote.ServerKind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads {@code [[standby]]}, {@code [serve]} and {@code [endpoint]}. Nothing they name is opened here. */
final class PeerTables {
    private static final Pattern LISTEN = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]):(\\d{1,5})");
    private static final int MOST_ANSWER = 262_144;
    private static final double HUGE = 1e12;
    private static final String URL = "url";

    private final UnaryOperator<String> path;

    /** @param path makes a path absolute, relative to the configuration's folder */
    PeerTables(UnaryOperator<String> path) {
        this.path = path;
    }

    PeerSettings peers(Section root) {
        List<StandbySettings> standbys = new ArrayList<>();
        for (Section s : root.sections("standby")) {
            Duration every = s.duration("probe_every", Duration.ofSeconds(30));
            Duration within = s.duration("probe_within", Duration.ofSeconds(2));
            if (every.compareTo(Duration.ofSeconds(1)) < 0) {
                s.problem("probe_every", "expected 1s or more");
            }
            server(s, s.requiredText("name"), every, within).ifPresent(standbys::add);
            s.done();
        }
        ServeSettings serve = serve(root.section("serve"));
        return ConfigFile.checked(
                root, "standby", () -> new PeerSettings(standbys, serve), new PeerSettings(List.of(), serve));
    }

    private Optional<StandbySettings> server(Section s, String name, Duration every, Duration within) {
        String url = s.requiredText(URL);
        ServerKind kind = s.choice("server", ServerKind.class, ServerKind.PENSTOCK);
        String model = s.text("model", kind == ServerKind.PENSTOCK ? "default" : "");
        PeerTls tls = tls(s, s.texts("pins"), "ca_file");
        String token = s.text("token_file", "");
        Duration connect = s.duration("connect_timeout", Duration.ofSeconds(1));
        if (model.isEmpty()) {
            s.problem("model", "missing; expected the model's name as that server has it");
        }
        Optional<StandbySettings> none = Optional.empty();
        return ConfigFile.checked(
                s,
                URL,
                () -> Optional.of(new StandbySettings(
                        name,
                        kind,
                        model,
                        new HttpWire.Target(URI.create(url), file(token), connect, MOST_ANSWER),
                        tls,
                        every,
                        within)),
                none);
    }

    private PeerTls tls(Section s, List<String> pins, String caKey) {
        List<Pin> read = new ArrayList<>();
        for (String pin : pins) {
            Optional<Pin> none = Optional.empty();
            ConfigFile.checked(s, "pins", () -> Optional.of(Pin.parse(pin)), none)
                    .ifPresent(read::add);
        }
        Path ca = file(s.text(caKey, ""));
        Path certificate = file(s.text("certificate_file", ""));
        Path key = file(s.text("key_file", ""));
        Path password = file(s.text("key_password_file", ""));
        PeerTls bare = new PeerTls(read, ca, null, null, null);
        return ConfigFile.checked(s, "key_file", () -> new PeerTls(read, ca, certificate, key, password), bare);
    }

    private ServeSettings serve(Section s) {
        boolean enabled = s.flag("enabled", false);
        String listen = s.text("listen", "0.0.0.0:8443");
        PeerTls tls = tls(s, s.texts("clients"), "client_ca_file");
        int guests = s.whole("guests", ServeSettings.OFF.guests(), 1, 16);
        Duration deadline = s.duration("deadline", ServeSettings.OFF.deadline());
        s.done();
        InetSocketAddress address = enabled ? address(s, listen) : null;
        return address == null
                ? ServeSettings.OFF
                : ConfigFile.checked(
                        s, "enabled", () -> new ServeSettings(address, tls, guests, deadline), ServeSettings.OFF);
    }

    /** A literal address: a name would have to be looked up before anything was checked. */
    private static @Nullable InetSocketAddress address(Section s, String listen) {
        Matcher parts = LISTEN.matcher(listen);
        try {
            if (parts.matches()) {
                return new InetSocketAddress(InetAddress.ofLiteral(parts.group(1)), Integer.parseInt(parts.group(2)));
            }
        } catch (IllegalArgumentException e) {
            // told below, as any other that is no address and port
        }
        s.problem(
                "listen", "found \"" + listen + "\", expected ADDRESS:PORT such as \"0.0.0.0:8443\" or \"[::]:8443\"");
        return null;
    }

    EndpointSettings endpoint(Section s) {
        if (!s.flag("enabled", false)) {
            // written out and switched off is as good as not there
            s.known(
                    "name",
                    URL,
                    "server",
                    "model",
                    "pins",
                    "ca_file",
                    "token_file",
                    "connect_timeout",
                    "certificate_file");
            s.known(
                    "key_file",
                    "key_password_file",
                    "below_confidence",
                    "data_class",
                    "fields",
                    "currency",
                    "deadline");
            s.known("price_per_megabyte", "price_per_million_tokens", "price_per_request", "overhead_bytes");
            Stream.of(Budget.Period.values()).forEach(p -> s.known("bytes_per_" + word(p), "money_per_" + word(p)));
            s.done();
            return EndpointSettings.OFF;
        }
        double below = s.number("below_confidence", 0.5, 0, 1);
        Sensitivity most = s.choice("data_class", Sensitivity.class, Sensitivity.OPEN);
        Set<EgressField> fields = fields(s);
        Tariff tariff = tariff(s);
        List<Budget.Cap> caps = UplinkTable.caps(s);
        int overhead = s.whole("overhead_bytes", 6_144, 0, 1_000_000);
        Duration deadline = s.duration("deadline", Duration.ofSeconds(10));
        Optional<StandbySettings> server = server(s, s.text("name", "endpoint"), Duration.ZERO, Duration.ZERO);
        s.done();
        return server.isEmpty()
                ? EndpointSettings.OFF
                : ConfigFile.checked(
                        s,
                        "enabled",
                        () -> new EndpointSettings(
                                server.get(),
                                below,
                                most,
                                fields,
                                new Budget(tariff, caps, List.of(0.0, 0.0, 0.0, 0.0)),
                                overhead,
                                deadline),
                        EndpointSettings.OFF);
    }

    /** A token is a byte at least: a price a million tokens bounds what a megabyte of text costs. */
    private static Tariff tariff(Section s) {
        double perMegabyte =
                s.number("price_per_megabyte", 0, 0, HUGE) + s.number("price_per_million_tokens", 0, 0, HUGE);
        return new Tariff(
                s.text("currency", "USD"), perMegabyte, s.number("price_per_request", 0, 0, HUGE), 0, 0, 0, 0, 0, 0, 1);
    }

    private static Set<EgressField> fields(Section s) {
        if (!s.has("fields")) {
            return EnumSet.allOf(EgressField.class);
        }
        Set<EgressField> fields = EnumSet.noneOf(EgressField.class);
        for (String name : s.texts("fields")) {
            Optional<EgressField> field = Stream.of(EgressField.values())
                    .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(name))
                    .findFirst();
            field.ifPresentOrElse(
                    fields::add,
                    () -> s.problem(
                            "fields",
                            "found \"" + name + "\", expected some of "
                                    + Stream.of(EgressField.values())
                                            .map(one -> one.name().toLowerCase(Locale.ROOT))
                                            .collect(Collectors.joining(", "))));
        }
        return fields;
    }

    private @Nullable Path file(String name) {
        return name.isEmpty() ? null : Path.of(path.apply(name));
    }

    private static String word(Budget.Period period) {
        return period.name().toLowerCase(Locale.ROOT);
    }
}
