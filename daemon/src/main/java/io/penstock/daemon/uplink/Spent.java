package io.penstock.daemon.uplink;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/**
 * What was sent in the running minute, hour, day and month (UTC's), by lane. Adding to it at a later time begins new ones.
 *
 * <p>Not thread-safe: the uplink lane owns it, and writes its sums into the ledger in the transaction that reserves the frame.
 */
public final class Spent {
    private static final int LANES = UplinkLane.values().length;

    private final Window minute = new Window();
    private final Window hour = new Window();
    private final Window day = new Window();
    private final Window month = new Window();
    private long monthBilled;

    /** Sums of one window; begins are epoch seconds. */
    private static final class Window {
        long begins = Long.MIN_VALUE;
        final long[] bytes = new long[LANES];
        final double[] money = new double[LANES];

        void enter(long beginning) {
            // a clock that steps back stays in the later window: what was spent stays spent
            if (beginning > begins) {
                begins = beginning;
                Arrays.fill(bytes, 0);
                Arrays.fill(money, 0);
            }
        }
    }

    /** Moves to the windows of a time. */
    public void enter(Instant now) {
        ZonedDateTime at = now.atZone(ZoneOffset.UTC);
        minute.enter(at.truncatedTo(ChronoUnit.MINUTES).toEpochSecond());
        hour.enter(at.truncatedTo(ChronoUnit.HOURS).toEpochSecond());
        day.enter(at.truncatedTo(ChronoUnit.DAYS).toEpochSecond());
        long before = month.begins;
        month.enter(at.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1).toEpochSecond());
        if (month.begins != before) {
            monthBilled = 0;
        }
    }

    /** Notes a message. */
    public void add(Instant now, UplinkLane lane, int bytes, long billedBytes, double money) {
        enter(now);
        for (Window window : new Window[] {minute, hour, day, month}) {
            window.bytes[lane.ordinal()] += bytes;
            window.money[lane.ordinal()] += money;
        }
        monthBilled += billedBytes;
    }

    /** Bytes the provider has counted this month. */
    public long monthBilledBytes() {
        return monthBilled;
    }

    public long bytes(Budget.Period period, UplinkLane lane) {
        return window(period).bytes[lane.ordinal()];
    }

    public double money(Budget.Period period, UplinkLane lane) {
        return window(period).money[lane.ordinal()];
    }

    public long bytes(Budget.Period period) {
        long sum = 0;
        for (long each : window(period).bytes) {
            sum += each;
        }
        return sum;
    }

    public double money(Budget.Period period) {
        double sum = 0;
        for (double each : window(period).money) {
            sum += each;
        }
        return sum;
    }

    /** When the running window of a period began, epoch seconds; {@link Long#MIN_VALUE} before the first message. */
    public long begins(Budget.Period period) {
        return window(period).begins;
    }

    private Window window(Budget.Period period) {
        return switch (period) {
            case MINUTE -> minute;
            case HOUR -> hour;
            case DAY -> day;
            case MONTH -> month;
        };
    }
}
