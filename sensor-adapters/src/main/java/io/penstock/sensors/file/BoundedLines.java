package io.penstock.sensors.file;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** Lines of a text; the rest of a line beyond the bound is read over, so that a file without line ends fills no memory. */
public final class BoundedLines {
    public static final int LONGEST = 8 << 20;

    private final Reader reader;
    private final char[] buffer = new char[1 << 16];
    private final StringBuilder line = new StringBuilder();
    private int at;
    private int filled;
    private boolean cut;

    public BoundedLines(Reader reader) {
        this.reader = reader;
    }

    /** The next line without its end; null after the last. */
    public @Nullable String next() throws IOException {
        line.setLength(0);
        cut = false;
        boolean any = false;
        boolean ended = false;
        while (!ended && (at < filled || fill())) {
            any = true;
            int end = at;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            int room = Math.min(end - at, LONGEST - line.length());
            line.append(buffer, at, room);
            cut |= room < end - at;
            ended = end < filled;
            at = end + 1;
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

    private boolean fill() throws IOException {
        filled = Math.max(0, reader.read(buffer, 0, buffer.length));
        at = 0;
        return filled > 0;
    }

    /** Whether the last line was longer than the bound. */
    public boolean wasCut() {
        return cut;
    }
}
