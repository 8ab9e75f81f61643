package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Public recordings of healthy machines through the live chain: none opens a case. They lie beside the repository where a developer has
 * them; {@code -Dpenstock.data=FOLDER} names another place.
 */
class HealthyRecordingsTest {
    private static final long START = 1_800_000_000_000_000L;
    private static final int CHANNELS = 8;
    private static final int NORMAL_HZ = 48_000;

    @TempDir
    Path folder;

    private static Path data(String needed) {
        Path data = Path.of(System.getProperty("penstock.data", "../../shared/data"));
        Path file = data.resolve(needed);
        assumeTrue(
                Files.exists(file), needed + " is not in " + data.toAbsolutePath() + "; give -Dpenstock.data=FOLDER");
        return file;
    }

    private static List<Path> pumpRuns() throws IOException {
        try (Stream<Path> all = Files.walk(data("skab"))) {
            return all.filter(f -> f.toString().endsWith(".csv")).sorted().toList();
        }
    }

    /**
     * A pump test bed; a row a second.
     *
     * @param past whether it goes on past its first anomaly
     * @return cases by the time they opened, those of sensors too
     */
    private LiveChain play(Path csv, boolean past) throws Exception {
        List<String> lines = Files.readAllLines(csv);
        String[] head = lines.getFirst().split(";", -1);
        StringBuilder machine = new StringBuilder("[asset]\nid = \"rig\"\nkind = \"centrifugal_pump\"\n");
        for (int c = 1; c <= CHANNELS; c++) {
            machine.append("[[channel]]\nid = \"c")
                    .append(c)
                    .append("\"\nquantity = \"")
                    .append(head[c].toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_"))
                    // its flow meter counts whole litres a minute
                    .append(c == CHANNELS ? "\"\nresolution = 1\n" : "\"\n");
        }
        LiveChain chain = new LiveChain(folder, machine.toString(), "cadence = \"1s\"\nstale_after = \"60s\"\n");
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(";", -1);
            if (!past && cells.length > CHANNELS + 1 && Double.parseDouble(cells[CHANNELS + 1]) > 0) {
                break;
            }
            long time = micros(cells[0]);
            for (int c = 1; c <= CHANNELS; c++) {
                chain.accept("c" + c, time, Double.parseDouble(cells[c]));
            }
            chain.tick(time);
        }
        return chain;
    }

    private static long micros(String time) {
        return LocalDateTime.parse(time.replace(' ', 'T')).toEpochSecond(ZoneOffset.UTC) * 1_000_000L;
    }

    @Test
    void noHealthyRecordingOfThePumpOpensACase() throws Exception {
        List<Path> files = pumpRuns();
        assertThat(files).isNotEmpty();
        List<String> opened = new ArrayList<>();
        for (Path file : files) {
            play(file, false).story(0).forEach(story -> opened.add(file.getFileName() + " " + story));
        }
        assertThat(opened).isEmpty();
    }

    /** That silence is worth something only where faults are told: a case of the machine itself, a sensor's does not count. */
    @Test
    void mostFaultsOfThePumpOpenACaseOfTheMachine() throws Exception {
        List<String> silent = new ArrayList<>();
        List<Path> runs = pumpRuns().stream()
                .filter(f -> !f.toString().contains("anomaly-free"))
                .toList();
        for (Path file : runs) {
            if (play(file, true).opened().stream()
                    .allMatch(record -> record.id().endsWith("-sensor"))) {
                silent.add(file.getParent().getFileName() + "/" + file.getFileName());
            }
        }
        assertThat(runs).hasSize(17);
        assertThat(silent).hasSizeLessThanOrEqualTo(5);
    }

    /** NumPy's array of float32, a channel a column, its header ended by a line break. */
    private static float[][] columns(Path npy) throws IOException {
        byte[] bytes = Files.readAllBytes(npy);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(10 + Short.toUnsignedInt(buffer.getShort(8)));
        float[][] columns = new float[2][buffer.remaining() / 8];
        for (int i = 0; i < columns[0].length; i++) {
            columns[0][i] = buffer.getFloat();
            columns[1][i] = buffer.getFloat();
        }
        return columns;
    }

    /** The motor of the bearing test rig, cut into waveforms; the first are learned from. */
    @ParameterizedTest
    @ValueSource(ints = {2048, 4096, 8192})
    void theHealthyMotorOpensNoCase(int samples) throws Exception {
        float[][] columns = columns(data("cwru/1797_Normal.npy"));
        int waveforms = columns[0].length / samples;
        String bearing = "[[bearing]]\nid = \"%s\"\nchannel = \"%s\"\nballs = %d\nball_diameter_mm = %s\n"
                + "pitch_diameter_mm = %s\ncontact_angle_deg = 0\n";
        String channel = "[[channel]]\nid = \"%s\"\nquantity = \"acceleration\"\nunit = \"g\"\nrate_hz = 48000\n";
        LiveChain chain = new LiveChain(
                folder,
                "[asset]\nid = \"motor\"\nkind = \"induction_motor\"\nrated_rpm = 1797\nline_hz = 60\n"
                        + channel.formatted("de") + channel.formatted("fe")
                        + bearing.formatted("drive_end", "de", 9, "7.94", "39.04")
                        + bearing.formatted("fan_end", "fe", 8, "6.746", "28.5"),
                "baseline_waveforms = " + Math.min(15, waveforms / 2) + "\n");
        for (int w = 0; w < waveforms; w++) {
            long time = START + Math.round((w + 1.0) * samples / NORMAL_HZ * 1e6);
            for (int c = 0; c < 2; c++) {
                float[] part = Arrays.copyOfRange(columns[c], w * samples, (w + 1) * samples);
                chain.accept(c == 0 ? "de" : "fe", time, part, NORMAL_HZ);
            }
            chain.tick(time);
        }
        assertThat(waveforms).isGreaterThanOrEqualTo(14);
        assertThat(chain.story(START)).isEmpty();
    }
}
