package io.penstock.daemon.uplink;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** When the link may be used, in UTC. None: always. */
public record ContactWindows(List<Window> windows) {
    /** No restriction. */
    public static final ContactWindows ALWAYS = new ContactWindows(List.of());

    private static final Pattern TIMES = Pattern.compile("(\\d{1,2}):(\\d{2})-(\\d{1,2}):(\\d{2})");
    private static final int MINUTES_OF_DAY = 1_440;
    private static final int DAYS = 7;

    /**
     * @param days on which it opens
     * @param from first minute of the day, 0 to 1439
     * @param minutes how long it stays open, 1 to 1440: it may reach into the next day
     */
    public record Window(Set<DayOfWeek> days, int from, int minutes) {
        public Window {
            days = Set.copyOf(days);
            if (days.isEmpty() || from < 0 || from >= MINUTES_OF_DAY || minutes < 1 || minutes > MINUTES_OF_DAY) {
                throw new IllegalArgumentException("a window from minute " + from + " for " + minutes + " minutes on "
                        + days + ", expected a minute of the day and a day");
            }
        }

        private Instant opensOn(LocalDate day) {
            return day.atStartOfDay(ZoneOffset.UTC).toInstant().plusSeconds(from * 60L);
        }

        private Instant closesOn(LocalDate day) {
            return opensOn(day).plusSeconds(minutes * 60L);
        }
    }

    public ContactWindows {
        windows = List.copyOf(windows);
    }

    /**
     * Reads {@code [DAYS] HH:MM-HH:MM} lines; days are {@code mon} to {@code sun}, single ones and ranges with commas between.
     * A window that ends at or before its beginning ends on the next day.
     *
     * @throws IllegalArgumentException naming the first line that is none
     */
    public static ContactWindows parse(List<String> lines) {
        List<Window> windows = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.strip().toLowerCase(Locale.ROOT).split("\\s+");
            Matcher times = TIMES.matcher(words[words.length - 1]);
            if (words.length > 2 || !times.matches()) {
                throw wrong(line);
            }
            int from = minute(times.group(1), times.group(2), line);
            int to = minute(times.group(3), times.group(4), line);
            int length = to - from + (to <= from ? MINUTES_OF_DAY : 0);
            windows.add(new Window(
                    words.length == 1 ? EnumSet.allOf(DayOfWeek.class) : days(words[0], line),
                    from % MINUTES_OF_DAY,
                    length));
        }
        return new ContactWindows(windows);
    }

    private static int minute(String hour, String minute, String line) {
        int all = Integer.parseInt(hour) * 60 + Integer.parseInt(minute);
        if (Integer.parseInt(minute) > 59 || all > MINUTES_OF_DAY) {
            throw wrong(line);
        }
        return all;
    }

    private static Set<DayOfWeek> days(String text, String line) {
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (String part : text.split(",", -1)) {
            String[] ends = part.split("-", -1);
            if (ends.length > 2) {
                throw wrong(line);
            }
            DayOfWeek first = day(ends[0], line);
            DayOfWeek last = day(ends[ends.length - 1], line);
            for (DayOfWeek each = first; ; each = each.plus(1)) {
                days.add(each);
                if (each == last) {
                    break;
                }
            }
        }
        return days;
    }

    private static DayOfWeek day(String word, String line) {
        for (DayOfWeek day : DayOfWeek.values()) {
            if (word.length() == 3 && day.name().toLowerCase(Locale.ROOT).startsWith(word)) {
                return day;
            }
        }
        throw wrong(line);
    }

    private static IllegalArgumentException wrong(String line) {
        return new IllegalArgumentException(
                "found \"" + line
                        + "\", expected HH:MM-HH:MM in UTC, or days before it: \"mon-fri 06:00-06:10\", \"sat,sun 23:50-00:10\"");
    }

    public boolean isOpen(Instant now) {
        return windows.isEmpty() || closes(now).isPresent();
    }

    /** When what is open now closes; empty while closed, or where nothing ever closes. */
    public Optional<Instant> closes(Instant now) {
        Optional<Instant> latest = Optional.empty();
        LocalDate today = now.atOffset(ZoneOffset.UTC).toLocalDate();
        for (Window window : windows) {
            for (LocalDate day = today.minusDays(1); !day.isAfter(today); day = day.plusDays(1)) {
                Instant end = window.closesOn(day);
                if (window.days().contains(day.getDayOfWeek())
                        && !now.isBefore(window.opensOn(day))
                        && now.isBefore(end)
                        && latest.filter(other -> other.isAfter(end)).isEmpty()) {
                    latest = Optional.of(end);
                }
            }
        }
        return latest;
    }

    /** The next beginning of a window after a time; empty where it is always open. */
    public Optional<Instant> opens(Instant now) {
        LocalDate today = now.atOffset(ZoneOffset.UTC).toLocalDate();
        Optional<Instant> first = Optional.empty();
        for (Window window : windows) {
            for (int ahead = 0; ahead <= DAYS; ahead++) {
                LocalDate day = today.plusDays(ahead);
                Instant begin = window.opensOn(day);
                if (window.days().contains(day.getDayOfWeek())
                        && begin.isAfter(now)
                        && first.filter(other -> !other.isAfter(begin)).isEmpty()) {
                    first = Optional.of(begin);
                }
            }
        }
        return first;
    }

    /** For a person: open until when, or closed until when. */
    public String text(Instant now) {
        return closes(now)
                .map(end -> "open until " + end)
                .or(() -> opens(now).map(begin -> "closed, opens at " + begin))
                .orElse("always open");
    }

    @Override
    public String toString() {
        return windows.isEmpty()
                ? "always"
                : windows.stream()
                        .map(w -> w.days().stream()
                                        .sorted()
                                        .map(d -> d.name().substring(0, 3).toLowerCase(Locale.ROOT))
                                        .collect(Collectors.joining(","))
                                + String.format(
                                        Locale.ROOT,
                                        " %02d:%02d for %d min",
                                        w.from() / 60,
                                        w.from() % 60,
                                        w.minutes()))
                        .collect(Collectors.joining("; "));
    }
}
