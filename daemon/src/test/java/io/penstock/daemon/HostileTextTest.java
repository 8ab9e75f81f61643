package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisText;
import io.penstock.daemon.cli.HostileConsole;
import io.penstock.daemon.config.AssetFile;
import io.penstock.daemon.config.ConfigFile;
import io.penstock.daemon.config.ConfigWrong;
import io.penstock.daemon.prompt.CasePrompt;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Outbox;
import io.penstock.fixtures.hostile.HostileText;
import io.penstock.fixtures.hostile.HostileText.Family;
import io.penstock.models.language.Prompt;
import java.io.BufferedWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two thousand machines whose names, channels, units and sources are hostile, beside one whose are not, in a real gateway: what the
 * doors let in changes nothing of what the rules say, and escapes nowhere.
 */
class HostileTextTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String TWIN = "neutral-twin";
    private static final int READINGS = 4;
    private static final int LATER = 6;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<HostileText> ALL = HostileText.all();

    @TempDir
    Path folder;

    private final PlainOutput output = new PlainOutput();

    /** What became of a family. */
    private static final class Tally {
        private int refusedNames;
        private int refusedUnits;
        private int refusedSources;
        private int cases;
    }

    private List<HostileText> texts = List.of();

    private final Map<Family, Tally> tallies = new EnumMap<>(Family.class);

    @AfterEach
    void stopListening() {
        output.close();
    }

    @Test
    void nothingAPlantCallsItsThingsChangesADiagnosisOrEscapes() throws Exception {
        texts = ALL.stream().filter(text -> text.number() % 10 == 3).toList();
        changeNothing();
    }

    /** All of them, in ten gateways: one would save the detectors of 2,000 machines at each case. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void noneOfAllChangesADiagnosisOrEscapes(int tenth) throws Exception {
        texts = ALL.stream().filter(text -> text.number() % 10 == tenth).toList();
        changeNothing();
    }

    private void changeNothing() throws Exception {
        assertThat(texts).hasSize(200);
        Map<String, HostileText> assets = site();
        Path store = played();

        List<CaseStore.Advised> cases = Database.readOnly(store, HostileTextTest::all);
        Map<String, CaseStore.Advised> byAsset = new HashMap<>();
        cases.forEach(one -> byAsset.put(one.caseRecord().asset(), one));
        CaseStore.Advised twin = Objects.requireNonNull(byAsset.get(TWIN));
        assertThat(twin.caseRecord().severity()).isEqualTo(Severity.ALARM);
        assertThat(twin.diagnosis().fault()).isEqualTo("overheating_lubrication");
        assertThat(byAsset.keySet()).containsAll(assets.keySet());
        SymptomMatrix matrix = ShippedMatrices.of("centrifugal_pump");
        assets.forEach((asset, text) -> {
            saysWhatTheTwinSays(Objects.requireNonNull(byAsset.get(asset)), twin, matrix, text);
            tallies.get(text.family()).cases++;
        });
        messagesAreOfTheirSchemaAndTopic(store, assets.size() + 1);
        theStoreIsWhole(store, cases.size());
        consoleIsPlain(store, cases);
        HostileConsole.run(
                "export", "--format", "csv", "--out", folder.resolve("r.csv").toString(), "--db", store.toString());
        assertThat(PlainOutput.csvIsATableWithoutFormulas(Files.readString(folder.resolve("r.csv"))))
                .isEqualTo(1 + READINGS * (texts.size() + 1) + LATER);
        output.logIsPlain();
        tell();
    }

    // ---- the site

    /** Writes an asset file for each text; those refused are refused in plain words, and get a plain name. */
    private Map<String, HostileText> site() throws Exception {
        Map<String, HostileText> assets = new LinkedHashMap<>();
        List<String> files = new ArrayList<>();
        try (BufferedWriter readings = Files.newBufferedWriter(folder.resolve("day.jsonl"), StandardCharsets.UTF_8)) {
            long second = 0;
            asset(TWIN, "bearing", "Cel", "the maker's sheet", files);
            reading(readings, TWIN, "bearing", second);
            for (HostileText text : texts) {
                Tally tally = tallies.computeIfAbsent(text.family(), k -> new Tally());
                String id = "unit-" + text.family().ordinal() + "-" + text.number();
                boolean named = accepted(asset(text.text(), text.text(), "Cel", "the maker's sheet", null));
                boolean unit = accepted(asset(id, "bearing", text.text(), "site", null));
                boolean source = accepted(asset(id, "bearing", "Cel", text.text(), null));
                tally.refusedNames += named ? 0 : 1;
                tally.refusedUnits += unit ? 0 : 1;
                tally.refusedSources += source ? 0 : 1;
                // two texts may be the same: a machine's name is unique
                String name = named && !assets.containsKey(text.text()) ? text.text() : id;
                String channel = named ? text.text() : "bearing";
                asset(name, channel, unit ? text.text() : "Cel", source ? text.text() : "site", files);
                assets.put(name, text);
                second = 10 + assets.size() / 200;
                reading(readings, name, channel, second);
            }
            // each case's second version, with both channels in it, comes when it has gathered for a while
            for (int later = 1; later <= LATER; later++) {
                one(readings, TWIN, "bearing", second + 5 * later, 0, 91.5 + later);
            }
        }
        Files.writeString(folder.resolve("penstock.toml"), """
                assets = [%s]
                [site]
                name = "works"
                [store]
                file = "penstock.db"
                [health]
                socket = "s"
                [cases]
                announce_window = "1s"
                most_announcements = 1000
                [publish]
                most_anomalies = 1000
                [[replay]]
                file = "day.jsonl"
                %s
                """.formatted(String.join(", ", files), TestSite.NO_MODELS));
        return assets;
    }

    private static void reading(BufferedWriter to, String asset, String channel, long second) throws Exception {
        for (int i = 0; i < READINGS; i++) {
            one(to, asset, i % 2 == 0 ? "oil" : channel, second, i * 50L, i < 2 ? 60 : 91.5);
        }
    }

    private static void one(BufferedWriter to, String asset, String channel, long second, long millis, double value)
            throws Exception {
        Instant time = Instant.parse("2026-03-01T00:00:00Z").plusSeconds(second).plusMillis(millis);
        to.write(JSON.createObjectNode()
                .put("asset", asset)
                .put("channel", channel)
                .put("ts", time.toString())
                .put("value", value)
                .toString());
        to.write('\n');
    }

    /** @param files where it is written and noted; null: it is only made */
    private String asset(
            String id,
            String channel,
            String unit,
            String source,
            @org.jspecify.annotations.Nullable List<String> files)
            throws Exception {
        String text = """
                [asset]
                id = %s
                kind = "centrifugal_pump"
                [[channel]]
                id = %s
                quantity = "bearing_temperature"
                unit = %s
                [[channel.limit]]
                above = 80
                hysteresis = 2
                severity = "alarm"
                source = %s
                [[channel]]
                id = "oil"
                quantity = "oil_temperature"
                unit = "Cel"
                [[channel.limit]]
                above = 80
                severity = "alarm"
                """.formatted(toml(id), toml(channel), toml(unit), toml(source));
        if (files != null) {
            String file = "a" + files.size() + ".toml";
            Files.writeString(folder.resolve(file), text);
            files.add('"' + file + '"');
        }
        return text;
    }

    private boolean accepted(String assetFile) throws Exception {
        Path file = Files.writeString(folder.resolve("probe.toml"), assetFile);
        try {
            AssetFile.read(file);
            return true;
        } catch (ConfigWrong e) {
            PlainOutput.plain("a refusal", String.valueOf(e.getMessage()));
            assertThat(e.getMessage()).hasSizeLessThan(2_000);
            return false;
        }
    }

    /** A basic string; what TOML cannot say, half a surrogate pair, stays as it is and is refused. */
    private static String toml(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (c < 0x20 || c == 0x7f) {
                quoted.append(String.format("\\u%04X", c));
            } else if (c >= 0xD800 && c <= 0xDFFF) {
                quoted.append(String.format("\\u%04X", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }

    private Path played() throws Exception {
        try (Gateway gateway =
                Gateway.start(ConfigFile.read(folder.resolve("penstock.toml")), InstantSource.system())) {
            await("the day is played").atMost(PATIENCE).until(gateway::finished);
            assertThat(gateway.failure()).isNotDone();
        }
        return folder.resolve("penstock.db");
    }

    private static List<CaseStore.Advised> all(java.sql.Connection c) throws java.sql.SQLException {
        List<CaseStore.Advised> all = new ArrayList<>();
        for (CaseRecord record : CaseStore.cases(c, 10_000, false)) {
            all.add(new CaseStore.Advised(
                    record, CaseStore.diagnosis(c, record.id()).orElseThrow()));
        }
        return all;
    }

    // ---- what it must be

    /** The question without values that grew on the twin meanwhile, and without units: an unknown one is left out. */
    private static String asked(Prompt prompt) {
        return prompt.question().replaceAll("\\(\\d+(\\.\\d+)?( C)?, limit 80( C)?\\)", "(over 80)");
    }

    private static void saysWhatTheTwinSays(
            CaseStore.Advised found, CaseStore.Advised twin, SymptomMatrix matrix, HostileText text) {
        CaseRecord record = found.caseRecord();
        assertThat(record.severity())
                .as("severity of %s", text)
                .isEqualTo(twin.caseRecord().severity());
        assertThat(record.best().fault())
                .as("fault of %s", text)
                .isEqualTo(twin.caseRecord().best().fault());
        Diagnosis diagnosis = found.diagnosis();
        assertThat(diagnosis.fault())
                .as("label of %s", text)
                .isEqualTo(twin.diagnosis().fault());
        assertThat(diagnosis.severity()).isEqualTo(twin.diagnosis().severity());
        assertThat(diagnosis.confidence())
                .as("confidence of %s", text)
                .isEqualTo(twin.diagnosis().confidence());
        // a model is asked the very same question, so it cannot answer otherwise
        Prompt asked = CasePrompt.explanation(record, matrix, List.of());
        Prompt twins = CasePrompt.explanation(twin.caseRecord(), matrix, List.of());
        assertThat(asked(asked)).as("prompt of %s", text).isEqualTo(asked(twins));
        assertThat(CasePrompt.labels(record, matrix)).isEqualTo(CasePrompt.labels(twin.caseRecord(), matrix));
        assertThat(CasePrompt.grammar(record, matrix)).isEqualTo(CasePrompt.grammar(twin.caseRecord(), matrix));
        String rendered = DiagnosisText.render(diagnosis, record);
        PlainOutput.plain("diagnosis text", rendered);
        assertThat(rendered).hasSizeLessThan(8_000);
    }

    private static void messagesAreOfTheirSchemaAndTopic(Path store, int machines) throws Exception {
        List<Outbox.Waiting> messages = Database.readOnly(store, c -> Outbox.peek(c, 1_000_000));
        Set<String> states = new HashSet<>();
        for (Outbox.Waiting one : messages) {
            String topic = one.message().topic();
            assertThat(topic).matches("penstock/v1/works/[^/+#$\\p{C}]+/[a-z]+");
            assertThat(topic.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(2_000);
            assertThat(one.message().payload()).hasSizeLessThan(16_000);
            if (topic.hashCode() % 4 == 0) {
                assertThat(Schemas.complaints(one.message().payload()))
                        .as(topic)
                        .isEmpty();
            }
            if (topic.endsWith("/state")) {
                states.add(topic);
                assertThat(JSON.readTree(one.message().payload()).path("state").asText())
                        .isEqualTo("alarm");
            }
        }
        assertThat(states).as("each machine has a topic of its own").hasSize(machines);
    }

    private static void theStoreIsWhole(Path store, int cases) throws Exception {
        Database.readOnly(store, c -> {
            try (Statement s = c.createStatement()) {
                try (ResultSet r = s.executeQuery("PRAGMA integrity_check")) {
                    assertThat(r.getString(1)).isEqualTo("ok");
                }
                try (ResultSet r = s.executeQuery("SELECT count(*) FROM v_case")) {
                    assertThat(r.getInt(1)).isEqualTo(cases);
                }
            }
            return true;
        });
    }

    private void consoleIsPlain(Path store, List<CaseStore.Advised> cases) throws Exception {
        String db = store.toString();
        String config = folder.resolve("penstock.toml").toString();
        PlainOutput.plain("cases", HostileConsole.run("cases", "--limit", "3000", "--db", db));
        PlainOutput.json(HostileConsole.run("cases", "--limit", "3000", "--json", "--db", db), cases.size());
        PlainOutput.plain("diagnoses", HostileConsole.run("diagnoses", "list", "--limit", "3000", "--db", db));
        PlainOutput.json(
                HostileConsole.run("diagnoses", "list", "--limit", "3000", "--json", "--db", db), cases.size());
        PlainOutput.plain("status", HostileConsole.run("status", "--config", config));
        PlainOutput.json(HostileConsole.run("status", "--json", "--config", config), 1);
        PlainOutput.plain("export", HostileConsole.run("export", "--db", db));
        for (int i = 0; i < cases.size(); i += 67) {
            CaseRecord record = cases.get(i).caseRecord();
            PlainOutput.plain("why", HostileConsole.run("why", record.id(), "--db", db));
            PlainOutput.plain("why", HostileConsole.run("why", record.id(), "--json", "--db", db));
            PlainOutput.plain("history", HostileConsole.run("history", record.asset(), "--by", "raw", "--db", db));
        }
    }

    private void tell() {
        StringBuilder table = new StringBuilder("hostile text: of 10 each, refused as name / unit / source;"
                + " cases, all with the twin's severity, fault, label and prompt\n");
        tallies.forEach((family, t) -> table.append(String.format(
                "  %-20s %3d / %3d / %3d; %3d%n",
                family.word(), t.refusedNames, t.refusedUnits, t.refusedSources, t.cases)));
        System.out.print(table);
    }
}
