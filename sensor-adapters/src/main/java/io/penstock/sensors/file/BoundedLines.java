package io.penstock.sensors.file;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** Lines of a text; the rest of a line beyond the bound is read over, so that a file without line ends fills no memory. */
final class BoundedLines {
    static final int LONGEST = 8 << 20;

    private final Reader reader;
    private final StringBuilder line = new StringBuilder();
    private boolean cut;

    /** @param reader buffered */
    BoundedLines(Reader reader) {
        this.reader = reader;
    }

    /** The next line without its end; null after the last. */
    @Nullable
    String next() throws IOException {
        line.setLength(0);
        cut = false;
        boolean any = false;
        int c;
        while ((c = reader.read()) >= 0) {
            any = true;
            if (c == '\n') {
                break;
            }
            if (line.length() < LONGEST) {
                line.append((char) c);
            } else {
                cut = true;
            }
        }
        if (!any) {
            return null;
        }
        int end = line.length();
        if (end > 0 && line.charAt(end - 1) == '\r') {
            line.setLength(end - 1);
        }
        return line.toString();
    }

    /** Whether the last line was longer than the bound. */
    boolean wasCut() {
        return cut;
    }
}
