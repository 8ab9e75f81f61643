package io.penstock.daemon.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.plot.Chart.Kind;
import io.penstock.daemon.plot.Chart.Level;
import io.penstock.daemon.plot.Chart.Mark;
import io.penstock.daemon.plot.Chart.Point;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ChartTest {
    private static Chart chart(boolean bars, List<Point> points, List<Level> levels, List<Mark> marks) {
        return new Chart("title", "Hz", "dB", bars, points, levels, marks);
    }

    private static List<Point> ramp(int count) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            points.add(Point.at(i, i));
        }
        return points;
    }

    @Test
    void aRampRisesFromTheLowerLeftToTheUpperRight() {
        List<String> lines = new TerminalPlot(60, 10, true).lines(chart(false, ramp(50), List.of(), List.of()));
        List<String> curve = lines.subList(2, 12);
        assertThat(curve.getFirst().lastIndexOf('*')).isGreaterThan(50);
        assertThat(curve.getLast().indexOf('*')).isEqualTo(10);
        int before = 100;
        for (String line : curve) {
            assertThat(line.indexOf('*')).isBetween(10, before);
            before = line.indexOf('*');
        }
    }

    @Test
    void aSinglePeakAmongManyPointsIsSeen() {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            points.add(Point.at(i, i == 12_345 ? 30 : 1));
        }
        String top = new TerminalPlot(80, 8, false)
                .lines(chart(true, points, List.of(), List.of()))
                .get(2);
        assertThat(top.chars().filter(c -> c > 0x2800 && c < 0x2900).count()).isEqualTo(1);
    }

    @Test
    void marksStandUnderTheirPlaceWithTheirNames() {
        List<Mark> marks = List.of(new Mark(10, "BPFO 1x 10.0 Hz", true), new Mark(20, "BPFO 2x 20.0 Hz", true));
        List<String> lines = new TerminalPlot(110, 6, true).lines(chart(true, ramp(41), List.of(), marks));
        String rule = lines.get(8);
        assertThat(rule.indexOf('^')).isEqualTo(10 + 25);
        assertThat(rule.lastIndexOf('^')).isEqualTo(10 + 50);
        assertThat(lines.get(9)).contains("BPFO 1x 10.0 Hz", "BPFO 2x 20.0 Hz");
    }

    @Test
    void aLimitFarAboveIsToldInWordsAndDoesNotFlattenTheCurve() {
        List<Level> far = List.of(new Level(Kind.LIMIT, 1e6, "limit 1000000"));
        Chart chart = chart(false, ramp(50), far, List.of());
        assertThat(new TerminalPlot(60, 10, true).lines(chart).getLast())
                .isEqualTo("          == limit 1000000 (above this diagram)");
        assertThat(chart.vertical().most()).isLessThan(60);
    }

    @Test
    void plainAsciiHoldsNothingElseAndNoLineIsLongerThanAsked() {
        Chart odd = new Chart(
                "\u0924\u093e\u092a \u001b[31m\u202ered\n", "s", "\u00b0C", false, ramp(9), List.of(), List.of());
        List<String> lines = new TerminalPlot(40, 4, true).lines(odd);
        assertThat(lines).allSatisfy(line -> assertThat(line).matches("[ -~]*").hasSizeLessThanOrEqualTo(40));
        assertThat(String.join("", new TerminalPlot(40, 4, false).lines(odd)))
                .doesNotContain("\u001b", "\u202e", "\n")
                .contains("\u0924\u093e\u092a ?[31m?red?");
    }

    @Test
    void nothingFiniteAndNothingAtAllAreSaidNotDrawn() {
        for (List<Point> points : List.of(List.<Point>of(), List.of(Point.at(1, Double.NaN)))) {
            assertThat(new TerminalPlot(40, 4, false).lines(chart(false, points, List.of(), List.of())))
                    .contains("  (no value to draw)");
            assertThat(PngPlot.bytes(List.of(chart(false, points, List.of(), List.of()))))
                    .isNotEmpty();
        }
    }

    @Test
    void extremeValuesAreDrawnWithoutAnError() {
        for (double size : new double[] {0, 1e-300, 1, -5, 1e15, 1e308, -1e308}) {
            List<Point> points = List.of(Point.at(0, size), Point.at(1, -size), Point.at(1, Double.POSITIVE_INFINITY));
            for (boolean bars : new boolean[] {true, false}) {
                Chart chart = chart(bars, points, List.of(new Level(Kind.LIMIT, size / 3, "l")), List.of());
                assertThat(new TerminalPlot(40, 4, false).lines(chart)).hasSizeGreaterThan(5);
                assertThat(PngPlot.bytes(List.of(chart))).isNotEmpty();
            }
        }
    }

    @Test
    void thePictureHoldsCurveLimitAndBaselineInTheirColours() throws Exception {
        List<Level> levels = List.of(new Level(Kind.LIMIT, 40, "limit"), new Level(Kind.BASELINE, 5, "healthy"));
        List<Mark> marks = List.of(new Mark(3, "x".repeat(160), true), new Mark(4, "\u0924", false));
        byte[] png = PngPlot.bytes(List.of(chart(false, ramp(50), levels, marks), chart(true, ramp(5), levels, marks)));
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(image.getWidth()).isEqualTo(1200);
        assertThat(image.getHeight()).isEqualTo(840);
        assertThat(pixels(image, 0x0072B2)).isGreaterThan(100);
        assertThat(pixels(image, 0xD55E00)).isGreaterThan(100);
        assertThat(pixels(image, 0x009E73)).isGreaterThan(100);
    }

    @Test
    void everyCharacterOfTheFontHasItsStrokes() {
        StringBuilder all = new StringBuilder();
        for (char c = '!'; c <= '~'; c++) {
            all.append(c);
        }
        // the table is as long as ASCII: the last letter is found, and none is blank
        Chart chart = new Chart(all.toString(), "", "", false, List.of(), List.of(), List.of());
        assertThat(PngPlot.bytes(List.of(chart))).isNotEmpty();
    }

    @Test
    void aPlotOfNoWidthIsRefused() {
        assertThatThrownBy(() -> new TerminalPlot(3, 10, true)).hasMessageContaining("expected a width of 40 to 400");
        assertThatThrownBy(() -> PngPlot.bytes(List.of())).hasMessageContaining("expected 1 to 20");
    }

    private static long pixels(BufferedImage image, int colour) {
        long count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += (image.getRGB(x, y) & 0xFFFFFF) == colour ? 1 : 0;
            }
        }
        return count;
    }
}
