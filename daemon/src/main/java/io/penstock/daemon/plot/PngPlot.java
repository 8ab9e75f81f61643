package io.penstock.daemon.plot;

import io.penstock.daemon.plot.Chart.Kind;
import io.penstock.daemon.plot.Chart.Level;
import io.penstock.daemon.plot.Chart.Mark;
import io.penstock.daemon.plot.Chart.Point;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Charts below one another as a PNG, drawn by the platform without a screen and without a font. */
public final class PngPlot {
    private static final int WIDTH = 1200;
    private static final int PANEL = 420;
    private static final int MOST_CHARTS = 20;
    private static final double LEFT = 90;
    private static final double RIGHT = 30;
    private static final double TOP = 92;
    private static final double BOTTOM = 84;
    private static final int X_TICKS = 12;
    private static final int Y_TICKS = 5;
    private static final double LINE = 17;

    private static final Color INK = new Color(0x22, 0x22, 0x22);
    private static final Color GREY = new Color(0x80, 0x80, 0x80);
    private static final Color GRID = new Color(0xE4, 0xE4, 0xE4);
    // apart for colour-blind eyes too (Okabe and Ito 2008)
    private static final Color CURVE = new Color(0x00, 0x72, 0xB2);
    private static final Color ALARM = new Color(0xD5, 0x5E, 0x00);
    private static final Color HEALTHY = new Color(0x00, 0x9E, 0x73);

    private static final BasicStroke PEN = new BasicStroke(1.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    private static final BasicStroke THIN = new BasicStroke(1f);
    private static final BasicStroke DASHED =
            new BasicStroke(1.3f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {7, 5}, 0);

    private PngPlot() {}

    /** The bytes of a PNG file. */
    public static byte[] bytes(List<Chart> charts) {
        if (charts.isEmpty() || charts.size() > MOST_CHARTS) {
            throw new IllegalArgumentException(charts.size() + " charts in a picture, expected 1 to " + MOST_CHARTS);
        }
        BufferedImage image = new BufferedImage(WIDTH, PANEL * charts.size(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        try {
            g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            g.setColor(Color.WHITE);
            g.fillRect(0, 0, image.getWidth(), image.getHeight());
            for (int i = 0; i < charts.size(); i++) {
                new Panel(g, charts.get(i), i * PANEL).draw();
            }
        } finally {
            g.dispose();
        }
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IllegalStateException("this Java has no PNG writer");
            }
            out.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail to be written", e);
        }
    }

    /** One chart in its part of the picture. */
    private static final class Panel {
        private final Graphics2D g;
        private final Chart chart;
        private final Scale xScale;
        private final Scale yScale;
        private final double top;
        private final double bottom;

        Panel(Graphics2D g, Chart chart, double from) {
            this.g = g;
            this.chart = chart;
            this.xScale = chart.horizontal();
            this.yScale = chart.vertical();
            this.top = from + TOP;
            this.bottom = from + PANEL - BOTTOM;
        }

        private double x(double value) {
            return LEFT + xScale.place(value) * (WIDTH - LEFT - RIGHT);
        }

        private double y(double value) {
            return bottom - Math.clamp(yScale.place(value), -0.01, 1.01) * (bottom - top);
        }

        void draw() {
            text(chart.title(), INK, LEFT, top - TOP + 24);
            text(chart.yAxis(), GREY, 12, top - 10);
            grid();
            if (chart.isEmpty()) {
                text("no value to draw", GREY, LEFT + 20, top + 40);
                return;
            }
            marks(false);
            Shape before = g.getClip();
            g.clip(new Rectangle2D.Double(LEFT, top, WIDTH - LEFT - RIGHT, bottom - top + 1));
            curve();
            g.setClip(before);
            levels();
            marks(true);
        }

        private void text(String text, Color colour, double x, double y) {
            g.setColor(colour);
            g.setStroke(PEN);
            double room = WIDTH - x - 4;
            int most = (int) (room / StrokeFont.width("x"));
            StrokeFont.draw(g, text.length() > most ? text.substring(0, Math.max(0, most - 2)) + ".." : text, x, y);
        }

        private void grid() {
            g.setStroke(THIN);
            for (double tick : xScale.ticks(X_TICKS)) {
                g.setColor(GRID);
                g.setStroke(THIN);
                g.draw(new Line2D.Double(x(tick), top, x(tick), bottom));
                String number = xScale.text(tick, X_TICKS);
                text(number, GREY, x(tick) - StrokeFont.width(number) / 2, bottom + LINE);
            }
            for (double tick : yScale.ticks(Y_TICKS)) {
                g.setColor(GRID);
                g.setStroke(THIN);
                g.draw(new Line2D.Double(LEFT, y(tick), WIDTH - RIGHT, y(tick)));
                String number = yScale.text(tick, Y_TICKS);
                text(number, GREY, LEFT - 8 - StrokeFont.width(number), y(tick) + StrokeFont.height() / 2);
            }
            g.setColor(GREY);
            g.setStroke(THIN);
            g.draw(new Rectangle2D.Double(LEFT, top, WIDTH - LEFT - RIGHT, bottom - top));
            String axis = chart.xAxis();
            text(axis, GREY, WIDTH - RIGHT - StrokeFont.width(axis), bottom + 2 * LINE + 2);
        }

        private void curve() {
            g.setColor(CURVE);
            g.setStroke(PEN);
            Path2D path = new Path2D.Double();
            boolean pen = false;
            for (Point point : chart.points()) {
                if (!point.known()) {
                    pen = false;
                    continue;
                }
                double x = x(point.x());
                if (chart.bars()) {
                    g.draw(new Line2D.Double(x, bottom, x, y(point.high())));
                    continue;
                }
                if (point.high() > point.low()) {
                    g.draw(new Line2D.Double(x, y(point.low()), x, y(point.high())));
                }
                double middle = y(point.low() / 2 + point.high() / 2);
                if (pen) {
                    path.lineTo(x, middle);
                } else {
                    path.moveTo(x, middle);
                    g.draw(new Line2D.Double(x, middle, x, middle)); // a value alone is a dot
                    pen = true;
                }
            }
            if (!chart.bars()) {
                g.draw(path);
            }
        }

        private void levels() {
            double legend = LEFT;
            for (Level level : chart.levels()) {
                Color colour = level.kind() == Kind.LIMIT ? ALARM : HEALTHY;
                boolean inside = yScale.holds(level.y());
                if (inside) {
                    g.setColor(colour);
                    g.setStroke(DASHED);
                    g.draw(new Line2D.Double(LEFT, y(level.y()), WIDTH - RIGHT, y(level.y())));
                }
                String away = inside ? "" : level.y() > yScale.most() ? " (above)" : " (below)";
                String words = level.text() + away;
                if (legend + StrokeFont.width(words) < WIDTH || legend == LEFT) {
                    text(words, colour, legend, bottom + 3 * LINE + 6);
                    legend += StrokeFont.width(words) + 30;
                }
            }
        }

        /** Names over the marks, on as few lines as keep them apart. */
        private void marks(boolean main) {
            List<Double> ends = new ArrayList<>(List.of(-1.0, -1.0, -1.0));
            for (Mark mark : chart.marks()) {
                if (mark.main() != main || !xScale.holds(mark.x())) {
                    continue;
                }
                double x = x(mark.x());
                Color colour = main ? ALARM : GREY;
                g.setColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 110));
                g.setStroke(DASHED);
                g.draw(new Line2D.Double(x, main ? top - 6 : top + 2, x, bottom));
                double width = StrokeFont.width(mark.text());
                double left = Math.clamp(x - width / 2, LEFT + 4, Math.max(LEFT + 4, WIDTH - 4 - width));
                // main names stand above the frame, the others inside it
                for (int line = 0; line < ends.size(); line++) {
                    if (left > ends.get(line)) {
                        text(mark.text(), colour, left, main ? top - 10 - line * LINE : top + 34 + line * LINE);
                        ends.set(line, left + width + 8);
                        break;
                    }
                }
            }
        }
    }
}
