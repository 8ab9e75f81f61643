package io.penstock.daemon.uplink;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How much may be sent. A hard stop: a message is sent only where it, and what is kept for the other lanes, fits under every cap.
 *
 * @param caps at most one of each period; none: no bound
 * @param shares of each cap that are kept for a lane until it has used them, in the order of {@link UplinkLane}, 0 or more and
 *     together at most 1
 */
public record Budget(Tariff tariff, List<Cap> caps, List<Double> shares) {
    /** A calendar minute, hour, day or month, UTC. A minute's cap paces what waited long. */
    public enum Period {
        MINUTE,
        HOUR,
        DAY,
        MONTH;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A bound on a period's bytes, its money, or both. */
    public record Cap(Period period, OptionalLong bytes, OptionalDouble money) {
        /** {@code at most 20 USD a month}. */
        public String text(Tariff tariff) {
            String most = bytes.isPresent() ? bytes.getAsLong() + " bytes" : "";
            if (money.isPresent()) {
                most += (most.isEmpty() ? "" : " and ") + plain(money.getAsDouble()) + " " + tariff.currency();
            }
            return "at most " + most + " a " + period.word();
        }
    }

    /** Whether a message may be sent. */
    public sealed interface Decision {
        /** @param money what it costs */
        record Allowed(double money) implements Decision {}

        /** @param reason which cap, what was spent, what was kept back */
        record Refused(String reason) implements Decision {}
    }

    /** Sums of prices and shares are not exact: this part of a cap is nothing. */
    private static final double NOTHING = 1e-9;

    public Budget {
        caps = List.copyOf(caps);
        shares = List.copyOf(shares);
        double sum = 0;
        for (double share : shares) {
            if (!(share >= 0)) {
                throw new IllegalArgumentException("share " + share + ", expected 0 or more");
            }
            sum += share;
        }
        if (shares.size() != UplinkLane.values().length || sum > 1 + NOTHING) {
            throw new IllegalArgumentException("shares " + shares + ", expected one for each of "
                    + Arrays.toString(UplinkLane.values()) + ", together at most 1");
        }
        if (caps.stream().map(Cap::period).distinct().count() != caps.size()) {
            throw new IllegalArgumentException("two caps of one period");
        }
        for (Cap cap : caps) {
            if (cap.period() == Period.MONTH && cap.money().orElse(tariff.monthlyMinimum()) < tariff.monthlyMinimum()) {
                throw new IllegalArgumentException("the month's cap of "
                        + plain(cap.money().getAsDouble()) + " " + tariff.currency()
                        + " is below what the tariff bills at least, " + plain(tariff.monthlyMinimum())
                        + "; no restraint can keep it");
            }
        }
    }

    /** The same with a part of each cap. */
    public Budget at(int percent) {
        return new Budget(
                tariff,
                caps.stream()
                        .map(cap -> new Cap(
                                cap.period(),
                                cap.bytes().isPresent()
                                        ? OptionalLong.of(cap.bytes().getAsLong() * percent / 100)
                                        : OptionalLong.empty(),
                                cap.money().isPresent()
                                        ? OptionalDouble.of(Math.max(
                                                cap.period() == Period.MONTH ? tariff.monthlyMinimum() : 0,
                                                cap.money().getAsDouble() * percent / 100))
                                        : OptionalDouble.empty()))
                        .toList(),
                shares);
    }

    /** @param spent moved to the time's windows by this */
    public Decision decide(Spent spent, UplinkLane lane, int bytes, Instant now) {
        spent.enter(now);
        double money = tariff.cost(bytes, now, spent.monthBilledBytes());
        for (Cap cap : caps) {
            Period period = cap.period();
            if (cap.bytes().isPresent()) {
                double most = cap.bytes().getAsLong();
                double kept = 0;
                for (UplinkLane other : UplinkLane.values()) {
                    kept += other == lane ? 0 : Math.max(0, share(other) * most - spent.bytes(period, other));
                }
                if (spent.bytes(period) + bytes > most || spent.bytes(period) + bytes + kept > most * (1 + NOTHING)) {
                    return refused(period, spent.bytes(period), kept, most, "bytes");
                }
            }
            if (cap.money().isPresent()) {
                double most = cap.money().getAsDouble();
                double kept = 0;
                for (UplinkLane other : UplinkLane.values()) {
                    kept += other == lane ? 0 : Math.max(0, share(other) * most - spent.money(period, other));
                }
                if (spent.money(period) + money + kept > most * (1 + NOTHING)) {
                    return refused(period, spent.money(period), kept, most, tariff.currency());
                }
            }
        }
        return new Decision.Allowed(money);
    }

    private double share(UplinkLane lane) {
        return shares.get(lane.ordinal());
    }

    private static Decision.Refused refused(Period period, double spent, double kept, double most, String unit) {
        return new Decision.Refused(String.format(
                Locale.ROOT,
                "the %s's cap of %s %s: %s used, %s kept for the other lanes",
                period.word(),
                plain(most),
                unit,
                plain(spent),
                plain(kept)));
    }

    private static String plain(double n) {
        return n == Math.rint(n) ? String.format(Locale.ROOT, "%.0f", n) : String.format(Locale.ROOT, "%.2f", n);
    }

    /** What the month will have cost at its end if it goes on as it went; a cap on the month's money holds. */
    public double forecast(Spent spent, Instant now) {
        spent.enter(now);
        var month = now.atZone(ZoneOffset.UTC);
        double length = month.toLocalDate().lengthOfMonth() * 86_400.0;
        double passed = Math.max(3_600, now.getEpochSecond() - spent.begins(Period.MONTH));
        double most = caps.stream()
                .filter(cap -> cap.period() == Period.MONTH)
                .mapToDouble(cap -> cap.money().orElse(Double.MAX_VALUE))
                .min()
                .orElse(Double.MAX_VALUE);
        double atThisPace = Math.min(most, spent.money(Period.MONTH) * Math.max(1, length / passed));
        return Math.max(tariff.monthlyMinimum(), Math.max(spent.money(Period.MONTH), atThisPace));
    }
}
