package io.penstock.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class DetectCommandTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int detect(Object... arguments) {
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i].toString();
        }
        return new CommandLine(new DetectCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(words);
    }

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** Two noisy channels a second, the second one moved by {@code shift} from row {@code from} to row {@code to}. */
    private static String pump(int rows, int from, int to, double shift) {
        Random random = new Random(9);
        StringBuilder text = new StringBuilder("time;flow;current;state;anomaly\n");
        for (int i = 0; i < rows; i++) {
            double moved = i >= from && i < to ? shift : 0;
            text.append(String.format(
                    "2026-01-01 %02d:%02d:%02d;%.4f;%.4f;running;%d%n",
                    i / 3600,
                    i / 60 % 60,
                    i % 60,
                    30 + random.nextGaussian(),
                    5 + 0.1 * random.nextGaussian() + moved,
                    moved > 0 ? 1 : 0));
        }
        return text.toString();
    }

    private static List<String> flags(String text) {
        return text.lines()
                .skip(1)
                .map(line -> line.substring(line.lastIndexOf(',') + 1))
                .toList();
    }

    @Test
    void aShiftIsFlaggedWhileItLastsAndEveryRowComesBackInOrder() throws IOException {
        Path in = file("pump.csv", pump(900, 600, 800, 1));
        assertThat(detect("--fit-rows", 400, "--ignore", "anomaly", in)).isZero();
        String text = out.toString();
        assertThat(text).startsWith("timestamp,score,flag\n2026-01-01 00:00:00,0.0,0\n");
        assertThat(text.lines()).hasSize(901);
        List<String> flags = flags(text);
        assertThat(flags.subList(0, 600)).doesNotContain("1");
        assertThat(flags.subList(610, 800)).doesNotContain("0");
        assertThat(flags.subList(840, 900)).doesNotContain("1");
        assertThat(text.lines().skip(1).map(line -> Double.parseDouble(line.split(",")[1])))
                .allSatisfy(score -> assertThat(score).isBetween(0.0, 1.0));
    }

    @Test
    void whatIsSaidOfARowDependsOnNoLaterRow() throws IOException {
        String whole = pump(900, 600, 800, 1);
        String part = String.join("\n", whole.lines().limit(651).toList()) + "\n";
        for (String mode : List.of("--fit-rows=400", "--ignore=current,anomaly")) {
            Path one = folder.resolve("whole" + mode.length() + ".out");
            Path two = folder.resolve("part" + mode.length() + ".out");
            assertThat(detect(mode, file("whole.csv", whole), "--out", one)).isZero();
            assertThat(detect(mode, file("part.csv", part), "--out", two)).isZero();
            assertThat(Files.readAllLines(one).subList(0, 651)).isEqualTo(Files.readAllLines(two));
        }
    }

    @Test
    void oneSeriesIsJudgedByItsOnsets() throws IOException {
        StringBuilder text = new StringBuilder("timestamp,value\n");
        Random random = new Random(2);
        for (int i = 0; i < 1200; i++) {
            double value = 10 + Math.sin(i / 20.0) + 0.1 * random.nextGaussian() + (i == 900 ? 15 : 0);
            text.append(i).append(',').append(value).append('\n');
        }
        assertThat(detect(file("series.csv", text.toString()))).isZero();
        List<String> flags = flags(out.toString());
        assertThat(flags.subList(898, 904)).contains("1");
        assertThat(flags.stream().filter("1"::equals).count()).isLessThan(5);
    }

    @Test
    void missingAndWildCellsAreMissingValues() throws IOException {
        List<String> rows = new ArrayList<>(pump(700, 900, 900, 0).lines().toList());
        rows.set(50, "2026-01-01 00:00:49;NaN;5.0;running;0");
        rows.set(450, "2026-01-01 00:07:29;;;running;0");
        rows.set(451, "2026-01-01 00:07:30;-;1e308;running;0");
        rows.set(452, "garbage;Infinity");
        rows.set(453, "2026-01-01 00:07:29;30;5");
        assertThat(detect("--fit-rows", 400, "--ignore", "anomaly", file("holes.csv", String.join("\n", rows))))
                .isZero();
        assertThat(flags(out.toString())).hasSize(699 + 1).doesNotContain("1");
    }

    /** Nothing is left out silently: each kind is told once, with its count and its first place. */
    @Test
    void whatWasNotTakenAsItStandsIsToldOnStandardError() throws IOException {
        List<String> rows = new ArrayList<>(pump(700, 900, 900, 0).lines().toList());
        rows.set(50, "2026-01-01 00:00:49;NaN;5.0;running;0");
        rows.set(51, "2026-01-01 00:00:50;inf;5.0;running;0");
        rows.set(451, "2026-01-01 00:07:30;30;1e308;running;0");
        rows.set(452, "garbage;30;5;running;0");
        rows.set(460, "2026-01-01 00:07:00;30;5;running;0");
        rows.set(461, "2026-01-01 00:07:00;30;5;running;0");
        rows.set(500, "2026-01-01 00:08:19,30,5,running,0");
        assertThat(detect("--fit-rows", 400, "--ignore", "anomaly", file("holes.csv", String.join("\n", rows))))
                .isZero();
        assertThat(err.toString())
                .contains("2 cells are no numbers and count as missing; the first: row 50, column flow, \"NaN\"")
                .contains("1 numbers are beyond belief")
                .contains("the first: row 451, column current, \"1.0E308\"")
                .contains("2 timestamps are none")
                .contains(
                        "2 rows are not later than the row before them and were taken in the file's order; the first: "
                                + "row 460")
                .contains(
                        "1 rows have fewer cells than the header, the missing ones are no values; the first: line 501 "
                                + "has 1 of 5 cells");
        assertThat(flags(out.toString())).hasSize(700);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 399})
    void aTableShorterThanItsBaselineIsToldToBeUnjudged(int rows) throws IOException {
        assertThat(detect("--fit-rows", 400, file("short.csv", pump(rows, 900, 900, 0))))
                .isZero();
        assertThat(flags(out.toString())).hasSize(rows).doesNotContain("1");
        assertThat(err.toString()).contains("only " + rows + " rows").contains("nothing was judged");
    }

    @Test
    void aConstantTableHasNoAnomalyAndAStepInItIsOne() throws IOException {
        StringBuilder text = new StringBuilder("time,a,b\n");
        for (int i = 0; i < 600; i++) {
            text.append(i + 1).append(",7,").append(i < 550 ? 3 : 4).append('\n');
        }
        assertThat(detect("--fit-rows", 400, file("flat.csv", text.toString()))).isZero();
        assertThat(flags(out.toString()).subList(0, 550)).doesNotContain("1");
        assertThat(flags(out.toString()).subList(560, 600)).containsOnly("1");
        assertThat(err.toString()).isEmpty();
    }

    /** Hours without a row, another rate of rows, and a unit that was swapped in the middle. */
    @Test
    void gapsAndAnotherRateAreNoAnomalyAndASwappedUnitIs() throws IOException {
        List<String> rows = new ArrayList<>(pump(700, 600, 700, 5000).lines().toList());
        for (int i = 450; i < 500; i++) {
            rows.set(i, rows.get(i).replace("2026-01-01 00", "2026-01-01 05"));
        }
        for (int i = 500; i <= 700; i++) {
            rows.set(i, rows.get(i).replaceFirst("2026-01-01 [0-9:]+", "2026-01-02 00:00:00." + i));
        }
        assertThat(detect("--fit-rows", 400, "--ignore", "anomaly", file("gaps.csv", String.join("\n", rows))))
                .isZero();
        assertThat(flags(out.toString()).subList(0, 600)).doesNotContain("1");
        assertThat(flags(out.toString()).subList(610, 700)).containsOnly("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"time;a;b\n1,2,3\n2,3,4\n", "time,a,b\n1;2;3\n2;3;4\n", "time|a|b\n1|2|3\n"})
    void wrongSeparatorsAreAnErrorThatSaysSo(String text) throws IOException {
        assertThat(detect(file("bad.csv", text))).isEqualTo(1);
        assertThat(err.toString()).contains("line 1").contains("separat").hasLineCount(1);
    }

    @Test
    void aFolderKeepsItsPathsAndABadFileDoesNotCostTheOthers() throws IOException {
        file("in/a/good.csv", pump(500, 900, 900, 0));
        file("in/b/empty.csv", "");
        file("in/b/wide.csv", "time,x\n1,2\n2,3,4\n");
        Path to = folder.resolve("out");
        assertThat(detect("--in-dir", folder.resolve("in"), "--out-dir", to)).isEqualTo(1);
        assertThat(Files.readAllLines(to.resolve("a/good.csv"))).hasSize(501);
        assertThat(to.resolve("b/empty.csv")).doesNotExist();
        assertThat(err.toString())
                .contains("empty.csv, line 1: the file is empty")
                .contains("wide.csv, line 3: found 3 cells, the header has 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"time value\n1 2\n", "1,2\n3,4\n", "time,name\n1,x\n", "time,x,x\n1,2,3\n"})
    void whatIsNoTableIsAnErrorThatNamesTheLine(String text) throws IOException {
        assertThat(detect(file("bad.csv", text))).isEqualTo(1);
        assertThat(err.toString()).contains("line 1").hasLineCount(1);
        assertThat(out.toString()).doesNotContain("timestamp");
    }

    @Test
    void wrongUseIsExitTwoAndAWrongAssetFileIsExitThree() throws IOException {
        assertThat(detect()).isEqualTo(2);
        assertThat(detect("--fit-rows", 3, file("x.csv", "t,v\n1,2\n"))).isEqualTo(2);
        assertThat(detect("--asset", file("bad.toml", "[asset]\nid = 3\n"), file("x.csv", "t,v\n1,2\n")))
                .isEqualTo(3);
        assertThat(detect(folder.resolve("nowhere.csv"))).isEqualTo(1);
        assertThat(err.toString()).contains("there is no such file");
        Files.createDirectories(folder.resolve("none"));
        assertThat(detect("--in-dir", folder.resolve("none"), "--out-dir", folder))
                .isEqualTo(4);
    }

    @Test
    void anAssetFileBringsItsLimits() throws IOException {
        Path asset = file("a.toml", """
                [asset]
                id = "m"
                kind = "fan"
                [[channel]]
                id = "current"
                quantity = "current"
                unit = "A"
                [[channel.limit]]
                above = 8
                severity = "alarm"
                source = "site"
                """);
        assertThat(detect("--asset", asset, file("pump.csv", pump(100, 60, 70, 4))))
                .isZero();
        List<String> flags = flags(out.toString());
        assertThat(flags.subList(0, 60)).doesNotContain("1");
        assertThat(flags.subList(60, 70)).doesNotContain("0");
    }

    /** Public recordings lie beside the repository where a developer has them; {@code -Dpenstock.data=FOLDER} names another place. */
    @Test
    void publicRecordingsAreJudgedAsWellAsMeasured() throws IOException {
        Path data = Path.of(System.getProperty("penstock.data", "../../shared/data"));
        assumeTrue(
                Files.isDirectory(data.resolve("skab/valve1")),
                "SKAB is not at " + data.toAbsolutePath()
                        + "; clone waico/SKAB there as skab/, or give -Dpenstock.data");
        Path to = folder.resolve("skab");
        assertThat(detect(
                        "--in-dir",
                        data.resolve("skab/valve1"),
                        "--out-dir",
                        to,
                        "--fit-rows",
                        400,
                        "--ignore",
                        "anomaly,changepoint"))
                .isZero();
        int hit = 0;
        int missed = 0;
        int wrong = 0;
        try (var files = Files.list(to)) {
            for (Path file : files.sorted().toList()) {
                List<String> truth =
                        Files.readAllLines(data.resolve("skab/valve1").resolve(file.getFileName()));
                List<String> flags = flags(Files.readString(file));
                assertThat(flags).hasSize(truth.size() - 1);
                for (int i = 400; i < flags.size(); i++) {
                    boolean anomaly = truth.get(i + 1).split(";")[9].startsWith("1");
                    boolean flagged = flags.get(i).equals("1");
                    hit += anomaly && flagged ? 1 : 0;
                    missed += anomaly && !flagged ? 1 : 0;
                    wrong += !anomaly && flagged ? 1 : 0;
                }
            }
        }
        assertThat(2.0 * hit / (2 * hit + missed + wrong)).as("point-wise F1").isGreaterThan(0.8);
    }
}
