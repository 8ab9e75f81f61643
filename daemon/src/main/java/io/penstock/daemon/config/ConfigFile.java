package io.penstock.daemon.config;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.cases.CaseSettings;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.detect.OnsetSettings;
import io.penstock.daemon.detect.StateSettings;
import io.penstock.daemon.detect.VibrationSettings;
import io.penstock.daemon.health.MetricsAddress;
import io.penstock.daemon.publish.PublishSettings;
import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.ShippedRoutes;
import io.penstock.daemon.store.KeepSettings;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.window.ValiditySettings;
import io.penstock.daemon.window.WindowSettings;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.file.WatchSettings;
import io.penstock.sensors.mqtt.MqttSourceSettings;
import io.penstock.sensors.opcua.OpcUaSourceSettings;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.sparkplug.SparkplugSettings;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/** Reads {@code penstock.toml} and the asset files it names. Relative paths are relative to the file's own folder. */
public final class ConfigFile {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);
    static final String NO_UTF_8 = "it holds bytes that are no UTF-8; save it as UTF-8 text";
    private static final String CREDENTIAL = "credential:";
    /** One with a character that MQTT forbids ends the connection, and the next one, for ever. */
    private static final String IN_TOPICS = "it is part of every topic";

    private static final String SERVICE_CREDENTIALS = "/run/credentials/penstock.service";
    /** Where the text of a file comes from: the disk, or what was kept of it. */
    @FunctionalInterface
    private interface Texts {
        String of(Path file) throws IOException;
    }

    private final Path folder;
    private final Texts source;
    private final Texts ownMatrices;
    private final Map<Path, String> texts = new HashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final Map<String, SymptomMatrix> matrices = new LinkedHashMap<>();

    private ConfigFile(Path folder, Texts source, Texts ownMatrices) {
        this.folder = folder;
        this.source = source;
        this.ownMatrices = ownMatrices;
    }

    /**
     * @throws ConfigWrong with every problem of the file and of the asset files
     * @throws IOException when it cannot be read
     */
    public static GatewaySettings read(Path file) throws ConfigWrong, IOException {
        return load(file).settings();
    }

    /**
     * As {@link #read}, with the texts and the routes.
     *
     * @throws ConfigWrong with every problem of the file, the asset files and the routes file
     * @throws IOException when it cannot be read
     */
    public static Configuration load(Path file) throws ConfigWrong, IOException {
        return load(file, Files::readString, AssetFile::matrixText);
    }

    /** As {@link #load(Path)}, from texts that were kept: what a file says by now does not matter. */
    public static Configuration load(Path file, Map<Path, String> kept) throws ConfigWrong, IOException {
        Texts source = path -> {
            String text = kept.get(path);
            if (text == null) {
                throw new NoSuchFileException(path.toString(), null, "its text was not kept");
            }
            return text;
        };
        return load(file, source, source);
    }

    private static Configuration load(Path file, Texts source, Texts matrices) throws ConfigWrong, IOException {
        Path absolute = file.toAbsolutePath().normalize();
        Path folder = absolute.getParent();
        ConfigFile reader = new ConfigFile(folder == null ? Path.of("/") : folder, source, matrices);
        String text;
        try {
            text = reader.textOf(absolute);
        } catch (NoSuchFileException e) {
            throw new ConfigWrong(
                    file, List.of("there is no such file; 'penstock init' writes an example, --config names another"));
        } catch (CharacterCodingException e) {
            throw new ConfigWrong(file, List.of(NO_UTF_8));
        }
        GatewaySettings settings = reader.parse(reader.changed(text));
        Routes routes = reader.routes(settings.route());
        if (!reader.problems.isEmpty()) {
            throw new ConfigWrong(file, reader.problems);
        }
        return new Configuration(absolute, reader.texts, settings, routes);
    }

    /** With what came from afar laid over it: a file beside the store, where there is one that we may read. */
    private String changed(String text) {
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()
                || !(toml.get(List.of("store", "file")) instanceof String store && Section.isText(store))) {
            return text;
        }
        Path file = path(store);
        Path delta = file.resolveSibling(file.getFileName() + ".config").resolve(DeltaText.FILE);
        try {
            return DeltaText.parse(textOf(delta)).over(text);
        } catch (IllegalArgumentException e) {
            problems.add(delta + ": " + e.getMessage() + "; delete that file to be without it");
        } catch (NoSuchFileException | AccessDeniedException e) {
            LOG.debug("no changes from afar: {}", e.toString());
        } catch (IOException e) {
            problems.add(delta + " cannot be read: " + e + "; delete that file to be without it");
        }
        return text;
    }

    private String textOf(Path file) throws IOException {
        return kept(file, source);
    }

    private String kept(Path file, Texts from) throws IOException {
        String text = from.of(file);
        texts.put(file, text);
        return text;
    }

    private Routes routes(RouteSettings settings) {
        String name = settings.file();
        if (name == null) {
            return ShippedRoutes.defaults();
        }
        Path file = Path.of(name);
        try {
            return RouteFiles.parse(file, textOf(file));
        } catch (ConfigWrong e) {
            e.problems().forEach(p -> problems.add(file + ": " + p));
        } catch (IOException e) {
            problems.add("route.file: " + file + " cannot be read: " + e);
        }
        return ShippedRoutes.defaults();
    }

    private GatewaySettings parse(String text) {
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> problems.add("line " + e.position().line() + ": " + e.getMessage()));
        Section root = new Section(toml, "", problems);
        StoreSettings store = store(root.section("store"));
        List<Asset> assets = assets(root);
        SourceTables sources = new SourceTables(name -> path(name).toString(), units(assets));
        List<MqttSourceSettings> mqtt = sources.mqtt(root.sections("mqtt"));
        List<SparkplugSettings> sparkplug = sources.sparkplug(root.sections("sparkplug"));
        List<OpcUaSourceSettings> opcua =
                new OpcUaTables(name -> path(name).toString()).sources(root.sections("opcua"));
        FileTables files = new FileTables(name -> path(name).toString());
        List<FileSourceSettings> replay = files.replay(root.sections("replay"));
        List<WatchSettings> watch = files.watch(root.sections("watch"), store.file());
        uniqueNames(mqtt, sparkplug, opcua, replay, watch);
        Section detect = root.section("detect");
        WindowSettings window = window(detect);
        StateSettings state = state(detect);
        VibrationSettings vibration = vibration(detect);
        detect.done();
        Section health = root.section("health");
        PeerTables peers = new PeerTables(name -> path(name).toString());
        GatewaySettings settings = new GatewaySettings(
                store,
                assets,
                mqtt,
                sparkplug,
                opcua,
                replay,
                watch,
                mqtt.isEmpty() && sparkplug.isEmpty() && opcua.isEmpty() ? window.recorded() : window,
                state,
                OnsetSettings.multivariate(),
                vibration,
                cases(root.section("cases")),
                route(root.section("route")),
                new InferTable(file -> path(file).toString()).read(root.section("infer")),
                publish(root.section("publish"), root.section("site")),
                new UplinkTable(name -> path(name).toString())
                        .read(root.section("uplink"), root.section("site").text("name", "site"), assets.size()),
                peers.peers(root),
                peers.endpoint(root.section("endpoint")),
                socket(health, store),
                metrics(health),
                matrices);
        health.done();
        root.done();
        return settings;
    }

    private StoreSettings store(Section s) {
        StoreSettings d = StoreSettings.of(Path.of("/var/lib/penstock/penstock.db"));
        StoreSettings settings = new StoreSettings(
                path(s.text("file", d.file().toString())),
                s.duration("keep_readings", d.keepReadings()),
                s.bytes("reading_bytes", d.readingBytes()),
                s.whole("queue", d.queue(), 1, 1_000_000),
                s.whole("batch", d.batch(), 1, 100_000),
                s.duration("linger", d.linger()),
                s.duration("snapshot_every", d.snapshotEvery()),
                s.duration("keep_results", d.keepResults()),
                new KeepSettings(
                        s.duration("keep_minutes", d.keep().minutes()),
                        s.duration("keep_hours", d.keep().hours()),
                        s.bytes("aggregate_bytes", d.keep().aggregateBytes()),
                        s.duration("keep_evidence", d.keep().evidence()),
                        s.bytes("case_evidence_bytes", d.keep().caseBytes()),
                        s.bytes("evidence_bytes", d.keep().evidenceBytes()),
                        s.bytes("reserve_bytes", d.keep().reserveBytes())));
        s.done();
        return settings;
    }

    private List<Asset> assets(Section root) {
        List<Asset> assets = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (String name : root.texts("assets")) {
            Path file = path(name);
            try {
                AssetFile.Machine machine = AssetFile.machine(file, textOf(file), own -> kept(own, ownMatrices));
                Asset asset = machine.asset();
                if (!ids.add(asset.id())) {
                    root.problem("assets", file + " has the id " + asset.id() + " of another asset; ids are unique");
                }
                SymptomMatrix matrix = machine.matrix();
                if (matrix != null) {
                    matrices.put(asset.id(), matrix);
                } else {
                    root.problem(
                            "assets",
                            file + ": kind \"" + asset.kind() + "\" has no symptom matrix"
                                    + Section.nearest(asset.kind(), Set.copyOf(ShippedMatrices.KINDS)) + "; there are: "
                                    + String.join(", ", ShippedMatrices.KINDS)
                                    + "; or name a file of your own: matrix = \"my-machine.toml\"");
                }
                assets.add(asset);
            } catch (ConfigWrong e) {
                e.problems().forEach(p -> problems.add(file + ": " + p));
            } catch (IOException e) {
                root.problem("assets", file + " cannot be read: " + e);
            }
        }
        if (assets.isEmpty() && problems.isEmpty()) {
            root.problem("assets", "no asset file is named, expected assets = [\"unit-1.toml\"]");
        }
        return assets;
    }

    private static Map<ChannelId, String> units(List<Asset> assets) {
        Map<ChannelId, String> units = new HashMap<>();
        assets.forEach(asset -> asset.channels().forEach(c -> units.put(new ChannelId(asset.id(), c.id()), c.unit())));
        return units;
    }

    private void uniqueNames(
            List<MqttSourceSettings> mqtt,
            List<SparkplugSettings> sparkplug,
            List<OpcUaSourceSettings> opcua,
            List<FileSourceSettings> replay,
            List<WatchSettings> watch) {
        List<String> names = new ArrayList<>();
        mqtt.forEach(m -> names.add(m.name()));
        sparkplug.forEach(b -> names.add(b.name()));
        opcua.forEach(o -> names.add(o.name()));
        replay.forEach(r -> names.add(r.name()));
        watch.forEach(w -> names.add(w.name()));
        Set<String> once = new HashSet<>();
        for (String name : names) {
            if (!once.add(name)) {
                problems.add("two sources are named '" + name + "'; names are unique in a gateway");
            }
        }
        if (names.isEmpty() && problems.isEmpty()) {
            problems.add(
                    "no source: expected at least one [[mqtt]], [[sparkplug]], [[opcua]], [[watch]] or [[replay]]");
        }
    }

    private WindowSettings window(Section s) {
        WindowSettings d = WindowSettings.standard();
        ValiditySettings v = d.validity();
        return checked(
                s,
                "cadence",
                () -> new WindowSettings(
                        s.duration("cadence", d.cadence()), s.duration("stale_after", d.staleAfter()), v),
                d);
    }

    private StateSettings state(Section s) {
        StateSettings d = StateSettings.standard();
        return checked(
                s,
                "baseline_vectors",
                () -> d.withFitVectors(s.whole("baseline_vectors", d.fitVectors(), 10, 100_000)),
                d);
    }

    private VibrationSettings vibration(Section s) {
        VibrationSettings d = VibrationSettings.DEFAULTS;
        return checked(
                s,
                "baseline_waveforms",
                () -> d.withBaselineWindows(s.whole("baseline_waveforms", d.baselineWindows(), 3, 10_000)),
                d);
    }

    private CaseSettings cases(Section s) {
        CaseSettings d = CaseSettings.DEFAULTS;
        CaseSettings settings = checked(
                s,
                "close_after",
                () -> new CaseSettings(
                        s.duration("close_after", d.closeAfter()),
                        s.duration("gathering", d.gathering()),
                        s.duration("hold_off", d.holdOff()),
                        s.duration("chatter_hold", d.chatterHold()),
                        s.duration("join_within", d.joinWithin()),
                        s.duration("announce_window", d.announceWindow()),
                        s.whole("most_announcements", d.mostAnnouncements(), 1, 1_000),
                        s.whole("reserved_for_new", d.reservedForNew(), 0, 999),
                        s.whole("most_lines", d.mostLines(), 4, 256)),
                d);
        s.done();
        return settings;
    }

    private RouteSettings route(Section s) {
        String file = s.text("file", "");
        RouteSettings settings = new RouteSettings(
                file.isEmpty() ? null : path(file).toString(),
                s.flag("semantic", true),
                s.duration("deadline", Duration.ofSeconds(5)));
        s.done();
        return settings;
    }

    private PublishSettings publish(Section s, Section site) {
        String name = site.requiredText("name");
        site.checkText("name", name, 120, IN_TOPICS);
        boolean simulated = site.flag("simulated", false);
        site.done();
        String user = s.text("user", "");
        String password = s.text("password_file", "");
        if (user.isEmpty() != password.isEmpty()) {
            s.problem("user", "user and password_file go together, found only one");
        }
        String root = s.text("root", "penstock/v1");
        s.checkText("root", root, 200, IN_TOPICS);
        if (root.indexOf('#') >= 0 || root.indexOf('+') >= 0) {
            s.problem("root", "found \"" + root + "\", expected a topic without the wildcards # and +");
        }
        PublishSettings settings = new PublishSettings(
                emptyToNull(s.text("broker", "")),
                s.text("client_id", "penstock-" + name),
                emptyToNull(user),
                password.isEmpty() ? null : path(password).toString(),
                root,
                name,
                simulated,
                s.flag("anomalies", true),
                s.whole("most_anomalies", PublishSettings.MOST_ANOMALIES, 1, 100_000),
                SourceTables.version(s),
                SourceTables.tls(s, file -> path(file).toString()));
        s.done();
        try {
            settings.connection();
        } catch (IllegalArgumentException e) {
            s.problem("broker", String.valueOf(e.getMessage()));
        }
        return settings;
    }

    private Path socket(Section s, StoreSettings store) {
        Path beside = store.file().resolveSibling("penstock.sock");
        return path(s.text("socket", beside.toString()));
    }

    private static @Nullable MetricsAddress metrics(Section s) {
        String address = s.text("metrics", "");
        if (address.isEmpty()) {
            return null;
        }
        Optional<MetricsAddress> none = Optional.empty();
        return checked(s, "metrics", () -> Optional.of(MetricsAddress.parse(address)), none)
                .orElse(null);
    }

    private Path path(String name) {
        return path(folder, name, SERVICE_CREDENTIALS);
    }

    /**
     * A path of a file in that folder; {@code credential:NAME} is what systemd's LoadCredential= puts beside the service.
     *
     * @param credentials where the service has them, for a command that runs beside it
     */
    static Path path(Path folder, String name, String credentials) {
        if (name.startsWith(CREDENTIAL)) {
            String given = System.getenv("CREDENTIALS_DIRECTORY");
            return Path.of(given == null ? credentials : given).resolve(name.substring(CREDENTIAL.length()));
        }
        return folder.resolve(name).normalize();
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /** Builds a record whose constructor checks; what it refuses is a problem of that key. */
    static <T> T checked(Section s, String key, Supplier<T> build, T standIn) {
        try {
            return build.get();
        } catch (IllegalArgumentException e) {
            s.problem(key, String.valueOf(e.getMessage()));
            return standIn;
        }
    }
}
