package io.penstock.daemon.config;

import io.penstock.daemon.uplink.Budget;
import io.penstock.daemon.uplink.ContactWindows;
import io.penstock.daemon.uplink.Summary;
import io.penstock.daemon.uplink.Tariff;
import io.penstock.daemon.uplink.UplinkSettings;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import io.penstock.sensors.mqtt.MqttTls;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Reads {@code [uplink]} and the tariff file it names. While it is off the table is checked and nothing of it is opened. */
final class UplinkTable {
    private static final double HUGE = 1e12;
    /** Signs of life cost bytes that no frame is in. */
    private static final Duration KEEP_ALIVE = Duration.ofMinutes(15);

    private static final Duration HEALTH = Duration.ofDays(1);

    private final UnaryOperator<String> path;

    /** @param path makes a path absolute, relative to the configuration's folder */
    UplinkTable(UnaryOperator<String> path) {
        this.path = path;
    }

    /** @param assets how many the site has */
    UplinkSettings read(Section s, String site, int assets) {
        boolean enabled = s.flag("enabled", false);
        String tariffFile = s.text("tariff", "");
        Tariff free = Tariff.free("USD");
        Tariff tariff = enabled ? tariff(s, tariffFile, path, free) : free;
        List<Budget.Cap> caps = caps(s);
        List<Double> shares = List.of(
                s.number("share_critical", 0.3, 0, 1),
                s.number("share_diagnosis", 0.2, 0, 1),
                s.number("share_health", 0, 0, 1),
                s.number("share_bulk", 0, 0, 1));
        UplinkSettings.Link link = link(s, site);
        String key = s.text("frame_keys", "");
        if (enabled && key.isEmpty()) {
            s.problem(
                    "frame_keys", "missing; a file that holds a line of 'penstock uplink key', the same at both ends");
        }
        if (enabled && assets > Summary.MOST_ASSETS) {
            s.problem(
                    "enabled",
                    "the site has " + assets + " assets, and a summary can tell " + Summary.MOST_ASSETS + " apart");
        }
        int overhead = s.whole("overhead_bytes", 0, 0, 10_000);
        Duration hold = s.duration("hold", Duration.ofSeconds(60));
        Duration interval = s.duration("interval", Duration.ZERO);
        Duration keep = s.duration("keep", Duration.ofDays(90));
        int bound = s.whole("queue", 1_000, 1, 1_000_000);
        ContactWindows contact = contact(s);
        Duration health = s.duration("health", HEALTH);
        Duration ask = s.duration("ask", Duration.ZERO);
        UplinkSettings.Commands commands = commands(s);
        s.done();
        if (!enabled) {
            return UplinkSettings.OFF;
        }
        return ConfigFile.checked(
                s,
                "enabled",
                () -> new UplinkSettings(
                        true,
                        link,
                        Path.of(path.apply(key)),
                        new Budget(tariff, caps, shares),
                        overhead,
                        hold,
                        interval,
                        keep,
                        bound,
                        contact,
                        health,
                        ask,
                        commands),
                UplinkSettings.OFF);
    }

    private static ContactWindows contact(Section s) {
        try {
            return ContactWindows.parse(s.texts("contact"));
        } catch (IllegalArgumentException e) {
            s.problem("contact", String.valueOf(e.getMessage()));
            return ContactWindows.ALWAYS;
        }
    }

    private UplinkSettings.Commands commands(Section s) {
        String keys = s.text("command_keys", "");
        String signer = s.text("command_signer", "");
        int percent = s.whole("command_budget_percent", 100, 0, 10_000);
        if (keys.isEmpty() && !signer.isEmpty()) {
            s.problem("command_signer", "is set without command_keys: nobody may give a command at all");
        }
        return new UplinkSettings.Commands(file(keys), file(signer), percent);
    }

    private @Nullable Path file(String name) {
        return name.isEmpty() ? null : Path.of(path.apply(name));
    }

    /** {@code bytes_per_hour} and its like; a period without a key has no cap. */
    static List<Budget.Cap> caps(Section s) {
        List<Budget.Cap> caps = new ArrayList<>();
        for (Budget.Period period : Budget.Period.values()) {
            String word = period.name().toLowerCase(Locale.ROOT);
            String bytes = "bytes_per_" + word;
            String money = "money_per_" + word;
            boolean inBytes = s.has(bytes);
            boolean inMoney = s.has(money);
            if (inBytes || inMoney) {
                caps.add(new Budget.Cap(
                        period,
                        inBytes ? OptionalLong.of(s.bytes(bytes, 0)) : OptionalLong.empty(),
                        inMoney ? OptionalDouble.of(s.number(money, 0, 0, HUGE)) : OptionalDouble.empty()));
            }
        }
        return caps;
    }

    private UplinkSettings.Link link(Section s, String site) {
        String folder = s.text("folder", "");
        String broker = s.text("broker", "");
        String client = s.text("client_id", "penstock-uplink-" + site);
        String topic = s.text("topic", "penstock/uplink/v1/" + site);
        MqttTls tls = SourceTables.tls(s, path);
        UnaryOperator<MqttConnectionSettings> brokerKeys = SourceTables.brokerKeys(s, KEEP_ALIVE, tls, path);
        String https = s.text("https", "");
        String modem = s.text("modem", "");
        int baud = s.whole("modem_baud", 19_200, 1_200, 230_400);
        int signal = s.whole("modem_signal", 2, 0, 5);
        List<String> links = Stream.of("folder", "broker", "https", "modem")
                .filter(name -> !s.text(name, "").isEmpty())
                .toList();
        if (links.size() > 1) {
            s.problem(links.getFirst(), String.join(" and ", links) + " are several links, expected one");
        }
        if (!folder.isEmpty()) {
            return new UplinkSettings.Link.Folder(Path.of(path.apply(folder)));
        }
        if (topic.isBlank() || topic.contains("#") || topic.contains("+")) {
            s.problem("topic", "found \"" + topic + "\", expected a topic without + and #");
        }
        if (!https.isEmpty()) {
            return https(s, https, tls);
        }
        if (!modem.isEmpty()) {
            if (!modem.startsWith("/") && !modem.matches("tcp:[^:\\s]+:\\d{1,5}")) {
                s.problem("modem", "found \"" + modem + "\", expected /dev/... or tcp:HOST:PORT of a terminal server");
            }
            return new UplinkSettings.Link.Modem(modem, baud, signal);
        }
        UplinkSettings.Link none = new UplinkSettings.Link.None();
        return broker.isEmpty()
                ? none
                : ConfigFile.checked(
                        s,
                        "broker",
                        () -> new UplinkSettings.Link.Broker(
                                brokerKeys.apply(MqttConnectionSettings.of(broker, client)), topic),
                        none);
    }

    private static UplinkSettings.Link https(Section s, String text, MqttTls tls) {
        if (tls.trustFile() == null) {
            s.problem(
                    "trust_file", "missing; https trusts the pinned certificate of the hub or of its authority alone");
        }
        try {
            URI to = new URI(text);
            if ("https".equals(to.getScheme()) && to.getHost() != null && to.getUserInfo() == null) {
                return new UplinkSettings.Link.Https(to, tls);
            }
        } catch (URISyntaxException e) {
            // told below, as any other that is no address
        }
        s.problem("https", "found \"" + text + "\", expected https://HOST:PORT/PATH");
        return new UplinkSettings.Link.None();
    }

    /**
     * The tariff file that {@code tariff} names.
     *
     * @param name empty where it names none
     * @param standard the tariff then, and where the file is wrong
     */
    static Tariff tariff(Section s, String name, UnaryOperator<String> path, Tariff standard) {
        if (name.isEmpty()) {
            return standard;
        }
        try {
            List<String> problems = new ArrayList<>();
            Tariff tariff = tariff(Files.readString(Path.of(path.apply(name))), problems);
            problems.forEach(problem -> s.problem("tariff", name + ": " + problem));
            return tariff == null ? standard : tariff;
        } catch (IOException e) {
            s.problem("tariff", "read " + name + ": " + e + "; 'penstock uplink tariff --example' prints one");
            return standard;
        }
    }

    /** @return null when it cannot be made; then there is a problem more */
    static @Nullable Tariff tariff(String text, List<String> problems) {
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", problems);
        int before = problems.size();
        String currency = root.text("currency", "USD");
        double perMegabyte = root.number("per_megabyte", 0, 0, HUGE);
        double perMessage = root.number("per_message", 0, 0, HUGE);
        int creditBytes = root.whole("credit_bytes", 0, 0, 1_000_000);
        double perCredit = root.number("per_credit", 0, 0, HUGE);
        long allowance = root.bytes("monthly_allowance", 0);
        double minimum = root.number("monthly_minimum", 0, 0, HUGE);
        int peakFrom = root.whole("peak_from", 0, 0, 23);
        int peakTo = root.whole("peak_to", peakFrom, 0, 24);
        double peakFactor = root.number("peak_factor", 1, 1, 1_000);
        root.done();
        if (problems.size() > before) {
            return null;
        }
        try {
            return new Tariff(
                    currency,
                    perMegabyte,
                    perMessage,
                    creditBytes,
                    perCredit,
                    allowance,
                    minimum,
                    peakFrom,
                    peakTo,
                    peakFactor);
        } catch (IllegalArgumentException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }
}
