package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchCommandTest {
    @TempDir
    Path disk;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine command = PenstockCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(arguments);
    }

    @Test
    void everyMeasureTellsItsRateAndItsReachAndLeavesNoFile() throws Exception {
        int code = run("bench", "detect", "--rounds", "2", "--seconds", "0.02", "--disk", disk.toString(), "--json");

        assertThat(code).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(3);
        for (String line : lines) {
            JsonNode measured = new ObjectMapper().readTree(line);
            assertThat(measured.path("median").asDouble()).isPositive();
            assertThat(measured.path("least").asDouble())
                    .isLessThanOrEqualTo(measured.path("median").asDouble());
        }
        assertThat(lines.get(0)).contains("windows/s", "\"reach\":3000.0");
        assertThat(lines.get(1)).contains("points/s", "\"reach\":9000.0");
        assertThat(lines.get(2)).contains("commits/s").doesNotContain("reach");
        try (Stream<Path> left = Files.list(disk)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aRoundThatWouldNeverEndIsRefused() {
        assertThat(run("bench", "detect", "--seconds", "1e9")).isEqualTo(2);
        assertThat(err.toString()).contains("expected 1 to 100 and 0.01 to 60");
        assertThat(run("bench")).isEqualTo(2);
    }

    @Test
    void everyAppendedReadingIsNew() throws Exception {
        try (DetectionLoad.Appends appends = new DetectionLoad.Appends(disk)) {
            assertThat(appends.append()).isEqualTo(DetectionLoad.APPENDED);
            assertThat(appends.append()).isEqualTo(DetectionLoad.APPENDED);
        }
    }

    @Test
    void theVectorsAreHealthyAndTheKnockingWaveformsAreNot() {
        DetectionLoad.Windows windows = new DetectionLoad.Windows();
        // seven analyses on, the loudest knocks are the newest
        for (int i = 0; i < 6; i++) {
            windows.analyse();
        }
        assertThat(windows.analyse().elements().getFirst().fault()).isEqualTo("bearing_outer_race");
        assertThat(windows.analyse().kurtosis()).isLessThan(3.5);
    }
}
