package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.sensors.file.NpyFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DiagnoseCommandTest {
    private static final String RIG = """
            [asset]
            id = "rig-1"
            kind = "induction_motor"
            rated_rpm = 1772
            line_hz = 60
            [[channel]]
            id = "DE"
            quantity = "acceleration"
            unit = "g"
            rate_hz = 12000
            [[channel]]
            id = "FE"
            quantity = "acceleration"
            unit = "g"
            rate_hz = 12000
            [[bearing]]
            id = "DE"
            channel = "DE"
            balls = 9
            ball_diameter_mm = 7.94
            pitch_diameter_mm = 39.04
            contact_angle_deg = 0
            [[bearing]]
            id = "FE"
            channel = "FE"
            balls = 8
            ball_diameter_mm = 6.746
            pitch_diameter_mm = 28.499
            contact_angle_deg = 0
            """;

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private Path asset;
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeAsset() throws IOException {
        asset = Files.writeString(folder.resolve("rig.toml"), RIG);
    }

    private int run(Path inputs, Path out) {
        return new CommandLine(new DiagnoseCommand())
                .setErr(new PrintWriter(err, true))
                .execute("--asset", asset.toString(), "--inputs", inputs.toString(), "--out", out.toString());
    }

    private List<JsonNode> diagnose(int expectedExit, String... lines) throws IOException {
        Path inputs = Files.write(folder.resolve("inputs.jsonl"), List.of(lines));
        Path out = folder.resolve("out.jsonl");
        assertThat(run(inputs, out)).as(err.toString()).isEqualTo(expectedExit);
        return read(out);
    }

    private static List<JsonNode> read(Path file) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            nodes.add(JSON.readTree(line));
        }
        return nodes;
    }

    /** Two seconds of a motor whose drive-end outer race knocks. */
    private static float[][] outerRace() {
        SplittableRandom random = new SplittableRandom(7);
        float[][] columns = new float[2][24_000];
        double hertz = 3.5848 * 1772 / 60;
        for (int i = 0; i < columns[0].length; i++) {
            double since = i / 12_000.0 % (1 / hertz);
            double knock = Math.exp(-1000 * since) * Math.sin(2 * Math.PI * 3000 * since);
            columns[0][i] = (float) (knock + 0.05 * random.nextGaussian());
            columns[1][i] = (float) (0.2 * knock + 0.05 * random.nextGaussian());
        }
        return columns;
    }

    private static byte[] npy(float[][] columns, String descr, String order, String shape) {
        String header =
                String.format(Locale.ROOT, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape);
        header += " ".repeat(63 - (10 + header.length()) % 64) + "\n";
        boolean wide = descr.endsWith("8");
        int rows = columns[0].length;
        ByteBuffer bytes = ByteBuffer.allocate(10 + header.length() + rows * columns.length * (wide ? 8 : 4))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        bytes.putShort((short) header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
        for (int row = 0; row < rows; row++) {
            for (float[] column : columns) {
                if (wide) {
                    bytes.putDouble(column[row]);
                } else {
                    bytes.putFloat(column[row]);
                }
            }
        }
        return bytes.array();
    }

    private static byte[] npy(float[][] columns) {
        return npy(columns, "<f4", "False", "(" + columns[0].length + ", " + columns.length + ")");
    }

    @Test
    void aRecordingBecomesADiagnosisWithItsEvidence() throws IOException {
        Files.write(folder.resolve("a.npy"), npy(outerRace()));
        JsonNode line = diagnose(
                        0, "{\"id\":\"a\",\"file\":\"a.npy\",\"fs\":12000,\"rpm\":1772,\"channels\":[\"DE\",\"FE\"]}")
                .getFirst();

        assertThat(line.path("id").asText()).isEqualTo("a");
        assertThat(line.path("diagnosis").asText()).isEqualTo("bearing_outer_race");
        assertThat(line.path("location").asText()).isEqualTo("DE");
        assertThat(line.path("confidence").asDouble()).isBetween(0.8, 1.0);
        assertThat(line.path("evidence").toString()).contains("mm/s", "dB", "Hz");
        assertThat(line.path("runner_up").path("diagnosis").asText()).isNotEmpty();
        assertThat(line.path("features").path("DE").path("shaft_hz").asDouble()).isBetween(29.0, 30.0);
    }

    @Test
    void wavAndCsvSayTheSameAsNpy() throws IOException {
        float[][] columns = outerRace();
        Files.write(folder.resolve("a.npy"), npy(columns));
        Files.write(folder.resolve("b.npy"), npy(columns, "<f8", "False", "(24000, 2)"));
        Files.write(folder.resolve("c.wav"), wav(columns));
        StringBuilder csv = new StringBuilder("DE,FE\n");
        for (int i = 0; i < columns[0].length; i++) {
            csv.append(columns[0][i]).append(',').append(columns[1][i]).append('\n');
        }
        Files.writeString(folder.resolve("d.csv"), csv);

        List<JsonNode> lines = diagnose(
                0,
                "{\"id\":\"a\",\"file\":\"a.npy\",\"rpm\":1772}",
                "{\"id\":\"b\",\"file\":\"b.npy\",\"rpm\":1772}",
                "{\"id\":\"c\",\"file\":\"c.wav\",\"rpm\":1772}",
                "{\"id\":\"d\",\"file\":\"d.csv\",\"rpm\":1772}");
        assertThat(lines).hasSize(4).allSatisfy(line -> {
            assertThat(line.path("diagnosis").asText()).isEqualTo("bearing_outer_race");
            assertThat(line.path("features")).isEqualTo(lines.getFirst().path("features"));
        });
    }

    private static byte[] wav(float[][] columns) {
        int data = columns[0].length * columns.length * 4;
        ByteBuffer bytes = ByteBuffer.allocate(44 + data).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + data);
        bytes.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
        bytes.putShort((short) 3).putShort((short) columns.length).putInt(12_000);
        bytes.putInt(12_000 * columns.length * 4)
                .putShort((short) (columns.length * 4))
                .putShort((short) 32);
        bytes.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(data);
        for (int row = 0; row < columns[0].length; row++) {
            for (float[] column : columns) {
                bytes.putFloat(column[row]);
            }
        }
        return bytes.array();
    }

    @Test
    void whatCannotBeReadIsSaidInItsLineAndTheRestGoesOn() throws IOException {
        Files.write(folder.resolve("good.npy"), npy(outerRace()));
        Files.write(folder.resolve("short.npy"), npy(new float[][] {new float[9], new float[9]}));
        Files.writeString(folder.resolve("text.npy"), "hello, world");
        float[][] broken = outerRace();
        broken[1][5] = Float.POSITIVE_INFINITY;
        Files.write(folder.resolve("inf.npy"), npy(broken));

        List<JsonNode> lines = diagnose(
                1,
                "{\"id\":\"missing\",\"file\":\"nowhere.npy\"}",
                "{\"id\":\"short\",\"file\":\"short.npy\"}",
                "{\"id\":\"text\",\"file\":\"text.npy\"}",
                "{\"id\":\"inf\",\"file\":\"inf.npy\"}",
                "{\"id\":\"channel\",\"file\":\"good.npy\",\"channels\":[\"DE\",\"XX\"]}",
                "{\"id\":\"columns\",\"file\":\"good.npy\",\"channels\":[\"DE\"]}",
                "{\"id\":\"fs\",\"file\":\"good.npy\",\"fs\":-5}",
                "not json",
                "{\"id\":\"good\",\"file\":\"good.npy\",\"rpm\":1772}");
        assertThat(lines).hasSize(9);
        List<String> expected = List.of(
                "no file",
                "9 samples",
                "numpy.save",
                "finite number",
                "\"XX\" is not",
                "2 columns",
                "\"fs\" is -5",
                "no JSON");
        for (int i = 0; i < expected.size(); i++) {
            assertThat(lines.get(i).path("diagnosis").asText()).isEqualTo("unsure");
            assertThat(lines.get(i).path("error").asText()).contains(expected.get(i));
        }
        assertThat(lines.getLast().path("diagnosis").asText()).isEqualTo("bearing_outer_race");
        assertThat(err.toString()).contains("8 of 9");
    }

    /** What is no measurement must not be called normal. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "constant | every sample is 0.25",
                "1e308 | Infinity, expected a finite number",
                "nan | sample 7 is NaN",
                "huge | sample 7 is 1.0E20",
                "one sample | 1 samples",
                "clipped | cut off at 0.5"
            })
    void aRecordingThatIsNoMeasurementIsRefusedByName(String kind, String reason) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        int length = kind.equals("one sample") ? 1 : 4096;
        float[][] columns = new float[2][length];
        for (int i = 0; i < length; i++) {
            columns[0][i] = (float) (0.2 * random.nextGaussian());
            columns[1][i] = (float) (0.2 * random.nextGaussian());
            if (kind.equals("constant")) {
                columns[1][i] = 0.25f;
            } else if (kind.equals("clipped")) {
                columns[1][i] = (float) Math.clamp(2.0 * columns[1][i], -0.5, 0.5);
            }
        }
        byte[] bytes = npy(columns, "<f8", "False", "(" + length + ", 2)");
        if (length > 7) {
            ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            int at = bytes.length - length * 2 * 8 + 7 * 2 * 8;
            switch (kind) {
                case "1e308" -> in.putDouble(at, 1e308);
                case "nan" -> in.putDouble(at, Double.NaN);
                case "huge" -> in.putDouble(at, 1e20);
                default -> {}
            }
        }
        Files.write(folder.resolve("w.npy"), bytes);
        JsonNode line =
                diagnose(1, "{\"id\":\"w\",\"file\":\"w.npy\",\"rpm\":1772}").getFirst();

        assertThat(line.path("diagnosis").asText()).isEqualTo("unsure");
        assertThat(line.path("error").asText()).contains(reason);
    }

    @Test
    void anotherRateThanTheAssetFilesIsTheOneInTheLine() throws IOException {
        Files.write(folder.resolve("w.npy"), npy(outerRace()));
        JsonNode half = diagnose(0, "{\"id\":\"w\",\"file\":\"w.npy\",\"fs\":6000,\"rpm\":886}")
                .getFirst();

        assertThat(half.path("diagnosis").asText()).isEqualTo("bearing_outer_race");
        assertThat(half.path("features").path("DE").path("shaft_hz").asDouble()).isBetween(14.5, 15.0);
    }

    private static final String GEARED = """
            [[gear]]
            id = "box"
            channel = "DE"
            pinion_teeth = 23
            wheel_teeth = 71
            """;

    @Test
    void aBadToothIsNamedWithItsWheelAndWhatToDo() throws IOException {
        Files.writeString(asset, RIG.replace("induction_motor", "belt_conveyor") + GEARED);
        SplittableRandom random = new SplittableRandom(3);
        float[][] columns = new float[2][24_000];
        double shaft = 1772 / 60.0;
        for (int i = 0; i < columns[0].length; i++) {
            double t = i / 12_000.0;
            double swing = 1 + 0.9 * Math.cos(2 * Math.PI * shaft * t) + 0.6 * Math.cos(4 * Math.PI * shaft * t);
            double mesh = Math.sin(2 * Math.PI * 23 * shaft * t) + 0.5 * Math.sin(2 * Math.PI * 46 * shaft * t);
            columns[0][i] = (float) (0.1 * swing * mesh + 0.02 * random.nextGaussian());
            columns[1][i] = (float) (0.02 * random.nextGaussian());
        }
        Files.write(folder.resolve("w.npy"), npy(columns));
        JsonNode line =
                diagnose(0, "{\"id\":\"w\",\"file\":\"w.npy\",\"rpm\":1772}").getFirst();

        assertThat(line.path("diagnosis").asText()).as(line.toString()).isEqualTo("gear_damage");
        assertThat(line.path("location").asText()).isEqualTo("box/pinion");
        assertThat(line.path("checks").get(0).asText()).contains("gear case");
        assertThat(line.path("features").path("DE").path("gears")).hasSize(3);
    }

    @Test
    void aSitesOwnMatrixGivesNamesAndChecksAndAFaultItLacksIsNotNamed() throws IOException {
        String own = """
                [matrix]
                kind = "mill"
                name = "our mill"
                [[fault]]
                code = "%s"
                name = "the ring we know"
                severity = "warning"
                required = ["bearing_outer_lines"]
                symptoms = { bearing_outer_lines = 1.0 }
                checks = ["Call Hanako.", "Write the hour down."]
                source = "our own book"
                [[fault]]
                code = "sensor_fault"
                name = "a sensor"
                severity = "advisory"
                required = ["sensor_stuck"]
                symptoms = { sensor_stuck = 1.0 }
                checks = ["Look at the plug.", "Look at the cable."]
                source = "our own book"
                """;
        Files.writeString(asset, RIG.replace("kind = \"induction_motor\"", "matrix = \"mill.toml\""));
        Files.write(folder.resolve("w.npy"), npy(outerRace()));
        String input = "{\"id\":\"w\",\"file\":\"w.npy\",\"rpm\":1772}";

        Files.writeString(folder.resolve("mill.toml"), own.formatted("bearing_outer_race"));
        JsonNode known = diagnose(0, input).getFirst();
        assertThat(known.path("diagnosis").asText()).isEqualTo("bearing_outer_race");
        assertThat(known.path("name").asText()).isEqualTo("the ring we know");
        assertThat(known.path("checks").get(0).asText()).isEqualTo("Call Hanako.");

        Files.writeString(folder.resolve("mill.toml"), own.formatted("another_fault"));
        JsonNode unknown = diagnose(0, input).getFirst();
        assertThat(unknown.path("diagnosis").asText()).isEqualTo("unsure");
        assertThat(unknown.path("evidence").toString()).contains("matrix mill has no fault");
    }

    @Test
    void aWrongAssetFileIsExitThree() throws IOException {
        Files.writeString(asset, RIG.replace("balls = 9", "bals = 9"));
        Path inputs = Files.writeString(folder.resolve("inputs.jsonl"), "");

        assertThat(run(inputs, folder.resolve("out.jsonl"))).isEqualTo(3);
        assertThat(err.toString()).contains("bals");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<i2 | False | (4, 2)   | '<i2', expected",
                ">f4 | False | (4, 2)   | '>f4', expected",
                "<f4 | True  | (4, 2)   | Fortran",
                "<f4 | False | (5, 2)   | needs 40 bytes",
                "<f4 | False | (2, 2, 2)| is not (samples,)",
                "<f4 | False | ()       | is not (samples,)",
                "<f4 | False | (99999999999, 2) | in one direction"
            })
    void anArrayOfAnotherKindIsRefusedByName(String descr, String order, String shape, String reason) {
        byte[] bytes = npy(new float[2][4], descr, order, shape);

        assertThatIOException().isThrownBy(() -> NpyFile.columns(bytes)).withMessageContaining(reason);
    }

    @Test
    void everyCutOffArrayIsRefused() {
        byte[] bytes = npy(new float[2][4]);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(bytes, length);
            assertThatIOException().as("cut at %d", length).isThrownBy(() -> NpyFile.columns(cut));
        }
    }

    @Test
    void oneDimensionIsOneChannel() throws IOException {
        assertThat(NpyFile.columns(npy(new float[][] {{1, 2, 3}}, "<f4", "False", "(3,)")))
                .isDeepEqualTo(new float[][] {{1, 2, 3}});
    }

    @Test
    void publicRecordingsOfBrokenBearingsAreNamedAndNeverMisnamed() throws IOException {
        Path labels = Path.of("..", "..", "shared", "data", "cwru", "labels.jsonl");
        Assumptions.assumeTrue(
                Files.isRegularFile(labels), "skipped: no ../shared/data/cwru beside the repository (CWRU recordings)");
        Path out = folder.resolve("out.jsonl");
        assertThat(run(labels, out)).isZero();

        List<JsonNode> truths = read(labels);
        List<JsonNode> lines = read(out);
        int races = 0;
        int named = 0;
        for (int i = 0; i < truths.size(); i++) {
            String truth = truths.get(i).path("label").asText();
            String said = lines.get(i).path("diagnosis").asText();
            String id = truths.get(i).path("id").asText();
            if (truth.endsWith("_race")) {
                races++;
                named += said.equals("bearing_" + truth) ? 1 : 0;
                assertThat(lines.get(i).path("location").asText()).as(id).isEqualTo("DE");
            }
            assertThat(said).as(id).isIn("bearing_" + truth, truth, "unsure");
        }
        assertThat(races).isEqualTo(8);
        assertThat(named).isEqualTo(races);
    }
}
