package io.penstock.daemon.plot;

import java.awt.Graphics2D;
import java.awt.geom.Line2D;

/**
 * Letters of five by seven dots, joined by strokes: a gateway has no fonts installed, and the platform's own text drawing fails
 * without one. ASCII alone; any other letter is drawn as a question mark.
 */
final class StrokeFont {
    /** Columns of each character from the space on, lowest bit at the top. */
    private static final String COLUMNS = "0000000000" + "00005F0000" + "0007000700" + "147F147F14" + "242A7F2A12"
            + "2313086462"
            + "3649562050" + "0000070000" + "001C224100" + "0041221C00" + "2A1C7F1C2A" + "08083E0808" + "0080703000"
            + "0808080808" + "0060600000" + "2010080402" + "3E5149453E" + "00427F4000" + "4261514946" + "2141454B31"
            + "1814127F10" + "2745454539" + "3C4A494930" + "0171090503" + "3649494936" + "064949291E" + "0036360000"
            + "0056360000" + "0814224100" + "1414141414" + "0041221408" + "0201510906" + "324979413E" + "7E1111117E"
            + "7F49494936" + "3E41414122" + "7F4141221C" + "7F49494941" + "7F09090901" + "3E4149497A" + "7F0808087F"
            + "00417F4100" + "2040413F01" + "7F08142241" + "7F40404040" + "7F020C027F" + "7F0408107F" + "3E4141413E"
            + "7F09090906" + "3E4151215E" + "7F09192946" + "4649494931" + "01017F0101" + "3F4040403F" + "1F2040201F"
            + "3F4038403F" + "6314081463" + "0708700807" + "6151494543" + "007F414100" + "0204081020" + "0041417F00"
            + "0402010204" + "4040404040" + "0001020400" + "2054545478" + "7F48444438" + "3844444420" + "384444487F"
            + "3854545418" + "087E090102" + "0C5252523E" + "7F08040478" + "00447D4000" + "2040443D00" + "7F10284400"
            + "00417F4000" + "7C04180478" + "7C08040478" + "3844444438" + "7C14141408" + "081414187C" + "7C08040408"
            + "4854545420" + "043F444020" + "3C4040207C" + "1C2040201C" + "3C4030403C" + "4428102844" + "0C5050503C"
            + "4464544C44" + "0008364100" + "00007F0000" + "0041360800" + "0804081008";

    /** Distance between the dots, pixels. */
    private static final double DOT = 1.9;

    private static final int ADVANCE = 6;
    private static final int ROWS = 8;

    private StrokeFont() {}

    /** Pixels a text takes in a line. */
    static double width(String text) {
        return text.codePointCount(0, text.length()) * ADVANCE * DOT;
    }

    /** Height of a capital, pixels. */
    static double height() {
        return 6 * DOT;
    }

    /** Draws with the graphics' colour and stroke; {@code x} is the left end, {@code y} the foot of the capitals. */
    static void draw(Graphics2D g, String text, double x, double y) {
        int[] letters = text.codePoints().toArray();
        for (int i = 0; i < letters.length; i++) {
            int letter = letters[i] >= ' ' && letters[i] <= '~' ? letters[i] : '?';
            letter(g, 10 * (letter - ' '), x + i * ADVANCE * DOT, y - 6 * DOT);
        }
    }

    private static void letter(Graphics2D g, int from, double left, double top) {
        for (int column = 0; column < 5; column++) {
            for (int row = 0; row < ROWS; row++) {
                if (!lit(from, column, row)) {
                    continue;
                }
                boolean right = lit(from, column + 1, row);
                boolean below = lit(from, column, row + 1);
                stroke(g, left, top, column, row, column, row);
                if (right) {
                    stroke(g, left, top, column, row, column + 1, row);
                }
                if (below) {
                    stroke(g, left, top, column, row, column, row + 1);
                }
                // a diagonal only where no corner joins the two
                if (!right && !below && lit(from, column + 1, row + 1)) {
                    stroke(g, left, top, column, row, column + 1, row + 1);
                }
                if (!right && lit(from, column + 1, row - 1) && !lit(from, column, row - 1)) {
                    stroke(g, left, top, column, row, column + 1, row - 1);
                }
            }
        }
    }

    private static boolean lit(int from, int column, int row) {
        if (column > 4 || row < 0 || row >= ROWS) {
            return false;
        }
        int at = from + 2 * column;
        return (Integer.parseInt(COLUMNS, at, at + 2, 16) >> row & 1) == 1;
    }

    private static void stroke(Graphics2D g, double left, double top, int column, int row, int toColumn, int toRow) {
        g.draw(new Line2D.Double(left + column * DOT, top + row * DOT, left + toColumn * DOT, top + toRow * DOT));
    }
}
