package io.penstock.sensors.file;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.PatternSyntaxException;

/**
 * A folder whose files are taken in as they come.
 *
 * @param name unique in a gateway
 * @param folder files lie directly in it
 * @param pattern of the names to take, as a glob such as {@code *.csv}
 * @param meaning of what is in them
 * @param then what becomes of a file that was taken
 * @param quiet a file that was not written to for this long is complete
 * @param ledger where it is written down which files were taken, for {@link Then#KEEP}
 */
public record WatchSettings(
        String name, Path folder, String pattern, FileMeaning meaning, Then then, Duration quiet, Path ledger) {
    public static final Duration USUAL_QUIET = Duration.ofSeconds(2);

    /** What becomes of a file that was taken. */
    public enum Then {
        /** It goes to the folder {@code done} in the folder; one that is broken to {@code rejected}. */
        MOVE,
        /** It stays, and nothing is written to the folder. */
        KEEP
    }

    public WatchSettings {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a watched folder needs a name");
        }
        if (quiet.isNegative() || quiet.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("quiet is " + quiet + ", expected 0 s to 1 h");
        }
        try {
            FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("pattern \"" + pattern + "\": " + e.getMessage(), e);
        }
    }
}
