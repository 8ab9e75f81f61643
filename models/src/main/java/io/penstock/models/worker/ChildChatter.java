package io.penstock.models.worker;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a child writes to its standard error, line by line into our log: escaped, cut, and at most so many lines a
 * process, because a native library may write without end. The last lines are kept for its obituary.
 */
final class ChildChatter {
    private static final Logger LOG = LoggerFactory.getLogger(ChildChatter.class);
    private static final int LINE_BYTES = 400;
    private static final int LOGGED_LINES = 500;
    private static final int KEPT_LINES = 3;

    private final String name;
    private final Process process;
    private final Deque<String> last = new ArrayDeque<>();

    ChildChatter(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    void read() {
        long lines = 0;
        try (InputStream in = new BufferedInputStream(process.getErrorStream())) {
            StringBuilder line = new StringBuilder();
            byte[] cut = new byte[LINE_BYTES];
            int length = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b != '\n') {
                    if (length < LINE_BYTES) {
                        cut[length++] = (byte) b;
                    }
                    continue;
                }
                line.setLength(0);
                escape(new String(cut, 0, length, StandardCharsets.UTF_8), line);
                length = 0;
                keep(line.toString());
                if (lines++ < LOGGED_LINES) {
                    LOG.info("[{} {}] {}", name, process.pid(), line);
                }
            }
        } catch (IOException closedWithTheProcess) {
            LOG.debug("[{} {}] log ended: {}", name, process.pid(), closedWithTheProcess.toString());
        }
        if (lines > LOGGED_LINES) {
            LOG.warn("[{} {}] {} more lines were not logged", name, process.pid(), lines - LOGGED_LINES);
        }
    }

    private static void escape(String raw, StringBuilder into) {
        raw.codePoints().forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                into.append(String.format("\\u%04x", c));
            } else {
                into.appendCodePoint(c);
            }
        });
    }

    private void keep(String line) {
        synchronized (last) {
            last.addLast(line);
            if (last.size() > KEPT_LINES) {
                last.removeFirst();
            }
        }
    }

    String lastLines() {
        synchronized (last) {
            return String.join(" | ", last);
        }
    }
}
