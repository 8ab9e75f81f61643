package io.penstock.daemon.config;

import io.penstock.sensors.file.FileMeaning;
import io.penstock.sensors.file.FileSourceSettings;
import io.penstock.sensors.file.WatchSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Reads {@code [[replay]]} and {@code [[watch]]}: readings from files. */
final class FileTables {
    private static final int MOST_SAMPLES = 1 << 22;

    private final UnaryOperator<String> path;

    /** @param path makes a path absolute, relative to the configuration's folder */
    FileTables(UnaryOperator<String> path) {
        this.path = path;
    }

    List<FileSourceSettings> replay(List<Section> sections) {
        List<FileSourceSettings> all = new ArrayList<>();
        for (Section s : sections) {
            SourceTables.add(
                    all,
                    s,
                    "file",
                    () -> new FileSourceSettings(
                            s.text("name", "replay"),
                            Path.of(path.apply(s.requiredText("file"))),
                            meaning(s),
                            s.has("speed") ? (Double) s.number("speed", 1, 0.001, 1e6) : null));
            s.done();
        }
        return all;
    }

    /** @param store what is remembered of taken files lies beside it */
    List<WatchSettings> watch(List<Section> sections, Path store) {
        List<WatchSettings> all = new ArrayList<>();
        for (Section s : sections) {
            String name = s.requiredText("name");
            if (!name.matches("[A-Za-z0-9_.-]{1,60}")) {
                s.problem(
                        "name",
                        "found \"" + name + "\", expected 1 to 60 of A-Z a-z 0-9 _ . -: a file is named after it");
                name = "missing";
            }
            String checked = name;
            SourceTables.add(
                    all,
                    s,
                    "folder",
                    () -> new WatchSettings(
                            checked,
                            Path.of(path.apply(s.requiredText("folder"))),
                            s.text("pattern", "*"),
                            meaning(s),
                            s.choice("then", WatchSettings.Then.class, WatchSettings.Then.MOVE),
                            s.duration("quiet", WatchSettings.USUAL_QUIET),
                            store.resolveSibling(store.getFileName() + "." + checked + ".taken")));
            s.done();
        }
        return all;
    }

    private static FileMeaning meaning(Section s) {
        String channel = s.text("channel", "");
        List<String> channels = s.texts("channels");
        if (!channel.isEmpty() && !channels.isEmpty()) {
            s.problem("channel", "channel names the one of a single column, channels those of several: found both");
        }
        return new FileMeaning(
                s.text("asset", ""),
                Set.copyOf(s.texts("ignore")),
                channel.isEmpty() ? channels : List.of(channel),
                s.optionalNumber("rate_hz", 1, 10_000_000),
                s.whole("samples", FileMeaning.USUAL_SAMPLES, 16, MOST_SAMPLES));
    }
}
