package io.penstock.daemon.config;

import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.hub.HubSettings;
import io.penstock.daemon.hub.StoreAddress;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameKeys;
import io.penstock.daemon.uplink.Tariff;
import io.penstock.sensors.mqtt.MqttConnectionSettings;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Reads {@code hub.toml}, and the files of its sites' folder. Relative paths are relative to the file's own folder. */
public final class HubFile {
    private static final String SERVICE_CREDENTIALS = "/run/credentials/penstock-hub.service";
    private static final Pattern LISTEN = Pattern.compile("(?<host>[^:\\s]+|\\[[0-9a-fA-F:.]+\\]):(?<port>\\d{1,5})");
    private static final int MOST_OVERHEAD = 10_000;

    private final Path folder;
    private final UnaryOperator<String> path;
    private final List<String> problems = new ArrayList<>();

    private HubFile(Path folder) {
        this.folder = folder;
        this.path = name -> ConfigFile.path(folder, name, SERVICE_CREDENTIALS).toString();
    }

    /**
     * @throws ConfigWrong with every problem of the file
     * @throws IOException when it cannot be read
     */
    public static HubSettings read(Path file) throws ConfigWrong, IOException {
        Path absolute = file.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        HubFile reader = new HubFile(parent == null ? Path.of("/") : parent);
        String text;
        try {
            text = Files.readString(absolute);
        } catch (NoSuchFileException e) {
            throw new ConfigWrong(
                    file, List.of("there is no such file; 'penstock hub example' prints one, --config names another"));
        } catch (CharacterCodingException e) {
            throw new ConfigWrong(file, List.of(ConfigFile.NO_UTF_8));
        }
        Optional<HubSettings> settings = reader.parse(text);
        if (settings.isEmpty() || !reader.problems.isEmpty()) {
            throw new ConfigWrong(file, reader.problems);
        }
        return settings.get();
    }

    private Optional<HubSettings> parse(String text) {
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", problems);
        Path sites = file(root.requiredText("sites"));
        HubSettings.Standard standard = new HubSettings.Standard(
                UplinkTable.tariff(root, root.text("tariff", ""), path, Tariff.free("USD")),
                root.whole("overhead_bytes", 0, 0, MOST_OVERHEAD),
                silentAfter(root, Duration.ofHours(36)));
        Section store = root.section("store");
        StoreAddress address = address(store);
        int queue = store.whole("queue", 10_000, 100, 1_000_000);
        int batch = store.whole("batch", 2_000, 1, 10_000);
        Duration keepFrames = store.duration("keep_frames", Duration.ofDays(400));
        Duration keepCases = store.duration("keep_cases", Duration.ofDays(730));
        store.done();
        HubSettings.Broker mqtt = mqtt(root.section("mqtt"));
        HubSettings.Https https = https(root.section("https"));
        HubSettings.Folder brought = folder(root.section("folder"));
        HubSettings.Publish publish = publish(root.section("publish"));
        root.done();
        int before = problems.size();
        Optional<HubSettings> none = Optional.empty();
        Optional<HubSettings> settings = ConfigFile.checked(
                root,
                "mqtt",
                () -> Optional.of(new HubSettings(
                        address, sites, standard, queue, batch, keepFrames, keepCases, mqtt, https, brought, publish)),
                none);
        if (before > 0 && problems.size() > before) {
            // a way in that is there and wrong has been told
            problems.subList(before, problems.size()).clear();
        }
        return settings;
    }

    private static Duration silentAfter(Section s, Duration standard) {
        Duration found = s.duration("silent_after", standard);
        if (found.toSeconds() < 1) {
            s.problem("silent_after", "found " + found + ", expected 1 s or more");
            return standard;
        }
        return found;
    }

    private StoreAddress address(Section s) {
        String postgresql = s.text("postgresql", "");
        String user = s.text("user", "penstock");
        String password = s.text("password_file", "");
        StoreAddress.Sqlite file = new StoreAddress.Sqlite(file(s.text("file", "/var/lib/penstock-hub/hub.db")));
        if (postgresql.isEmpty()) {
            if (s.has("user") || s.has("password_file")) {
                s.problem("user", "user and password_file belong to postgresql, which is not set");
            }
            return file;
        }
        if (s.has("file")) {
            s.problem("file", "file and postgresql are two stores, expected one");
        }
        return ConfigFile.<StoreAddress>checked(
                s,
                "postgresql",
                () -> new StoreAddress.Postgresql(postgresql, user, password.isEmpty() ? null : file(password)),
                file);
    }

    private HubSettings.@Nullable Broker mqtt(Section s) {
        String topic = s.text("topic", "penstock/uplink/v1");
        Optional<MqttConnectionSettings> connection = connection(s, "penstock-hub");
        s.done();
        return connection
                .flatMap(to -> ConfigFile.<Optional<HubSettings.Broker>>checked(
                        s, "topic", () -> Optional.of(new HubSettings.Broker(to, topic)), Optional.empty()))
                .orElse(null);
    }

    private HubSettings.@Nullable Publish publish(Section s) {
        String root = s.text("root", "penstock/hub/v1");
        Optional<MqttConnectionSettings> connection = connection(s, "penstock-hub-results");
        s.done();
        return connection
                .flatMap(to -> ConfigFile.<Optional<HubSettings.Publish>>checked(
                        s, "root", () -> Optional.of(new HubSettings.Publish(to, root)), Optional.empty()))
                .orElse(null);
    }

    /** A table's broker; empty where it names none. */
    private Optional<MqttConnectionSettings> connection(Section s, String client) {
        String broker = s.text("broker", "");
        String id = s.text("client_id", client);
        UnaryOperator<MqttConnectionSettings> brokerKeys =
                SourceTables.brokerKeys(s, MqttConnectionSettings.DEFAULT_KEEP_ALIVE, SourceTables.tls(s, path), path);
        if (broker.isEmpty()) {
            if (s.present()) {
                s.problem("broker", "missing, expected tcp://HOST:PORT or ssl://HOST:PORT");
            }
            return Optional.empty();
        }
        Optional<MqttConnectionSettings> none = Optional.empty();
        return ConfigFile.checked(
                s, "broker", () -> Optional.of(brokerKeys.apply(MqttConnectionSettings.of(broker, id))), none);
    }

    private HubSettings.@Nullable Https https(Section s) {
        String listen = s.text("listen", "");
        var tls = SourceTables.tls(s, path);
        int concurrent = s.whole("concurrent", 200, 1, 10_000);
        String commands = s.text("commands", "");
        s.done();
        if (!s.present()) {
            return null;
        }
        Matcher m = LISTEN.matcher(listen);
        if (!m.matches() || Integer.parseInt(m.group("port")) > 65_535) {
            s.problem("listen", "found \"" + listen + "\", expected HOST:PORT, such as \"0.0.0.0:8443\"");
            return null;
        }
        return ConfigFile.<Optional<HubSettings.Https>>checked(
                        s,
                        "certificate_file",
                        () -> Optional.of(new HubSettings.Https(
                                m.group("host"),
                                Integer.parseInt(m.group("port")),
                                tls,
                                concurrent,
                                commands.isEmpty() ? null : file(commands))),
                        Optional.empty())
                .orElse(null);
    }

    private HubSettings.@Nullable Folder folder(Section s) {
        String place = s.text("path", "");
        String taken = s.text("taken", "");
        Duration every = s.duration("every", Duration.ofSeconds(5));
        s.done();
        if (!s.present()) {
            return null;
        }
        if (place.isEmpty()) {
            s.problem("path", "missing, expected a folder that holds a folder a site");
            return null;
        }
        return new HubSettings.Folder(file(place), taken.isEmpty() ? null : file(taken), every);
    }

    private Path file(String name) {
        return Path.of(path.apply(name));
    }

    /**
     * One site's files.
     *
     * @param keys {@code SITE.keys}
     * @param more {@code SITE.toml}, which need not be there
     * @throws IOException with everything that is wrong
     */
    public static SiteSettings site(HubSettings.Standard standard, String site, Path keys, Path more)
            throws IOException {
        Path parent = more.toAbsolutePath().getParent();
        HubFile reader = new HubFile(parent == null ? Path.of("/") : parent);
        String text = Files.exists(more) ? Files.readString(more) : "";
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> reader.problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", reader.problems);
        List<String> assets = root.texts("assets");
        Tariff tariff = UplinkTable.tariff(root, root.text("tariff", ""), reader.path, standard.tariff());
        int overhead = root.whole("overhead_bytes", standard.overheadBytes(), 0, MOST_OVERHEAD);
        Duration silent = silentAfter(root, standard.silentAfter());
        root.done();
        if (!reader.problems.isEmpty()) {
            throw new IOException(new ConfigWrong(more, reader.problems).getMessage());
        }
        Map<Integer, FrameKey> known = new HashMap<>();
        FrameKeys.read(keys).forEach(key -> known.put(key.id(), key));
        try {
            return new SiteSettings(site, known, assets, tariff, overhead, silent);
        } catch (IllegalArgumentException e) {
            throw new IOException("read " + keys + " and " + more + ": " + e.getMessage(), e);
        }
    }
}
