package io.penstock.daemon.economics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A central API held against machines of one's own: what each costs, when the machines have paid for themselves, and whether they
 * could do the work at all.
 *
 * @param apiPerDay prices times tokens
 * @param linkPerDay what the line to the API takes
 * @param capital price of all machines
 * @param writeOffPerDay capital over the lifetime
 * @param runningPerDay electricity, cooling and upkeep
 * @param savedPerDay API and link less running: what pays the machines off
 * @param breakEvenDays days until the machines have paid for themselves; empty where they never do within their lifetime
 * @param totalOverLifetime capital and running over the lifetime
 * @param inputPerSecond tokens all machines must read a second, in the busiest hour
 * @param outputPerSecond tokens all machines must write a second, in the busiest hour
 * @param busy share of its time one machine works in the busiest hour; above 1 it cannot; empty where nobody measured
 * @param machinesNeeded so that none is busier than {@link #BUSIEST}; empty where nobody measured
 * @param claimOff what a claimed cost differs from the arithmetic by; empty where nothing is claimed
 */
public record Economics(
        EconomicsInputs inputs,
        double apiPerDay,
        double linkPerDay,
        double capital,
        double writeOffPerDay,
        double runningPerDay,
        double savedPerDay,
        OptionalDouble breakEvenDays,
        double totalOverLifetime,
        double inputPerSecond,
        double outputPerSecond,
        OptionalDouble busy,
        OptionalInt machinesNeeded,
        OptionalDouble claimOff) {
    /** A machine busier than this keeps a queue (M/M/1: at 0.8 a request waits four times as long as it works). */
    public static final double BUSIEST = 0.8;

    public static final double DAYS_PER_YEAR = 365;
    private static final double SECONDS_PER_DAY = 86_400;
    private static final double MILLION = 1e6;
    /** A claim this near is the same figure, rounded. */
    private static final double SAME = 0.01;

    public static Economics of(EconomicsInputs in) {
        EconomicsInputs.Volume volume = in.volume();
        EconomicsInputs.Local local = in.local();
        double inputPerDay = volume.documentsPerDay() * volume.inputTokens();
        double outputPerDay = volume.documentsPerDay() * volume.outputTokens();
        double api = inputPerDay / MILLION * in.api().inputPerMillion()
                + outputPerDay / MILLION * in.api().outputPerMillion();
        double link = volume.documentsPerDay()
                * in.link().bytesPerDocument()
                / MILLION
                * in.link().pricePerMegabyte();
        double capital = local.machines() * local.pricePerMachine();
        double days = local.lifetimeYears() * DAYS_PER_YEAR;
        double running = kwhPerDay(local) * local.pricePerKwh() + local.upkeepPerYear() / DAYS_PER_YEAR;
        double saved = api + link - running;
        double even = saved > 0 ? capital / saved : Double.POSITIVE_INFINITY;
        double inputPerSecond = inputPerDay / SECONDS_PER_DAY * volume.peakFactor();
        double outputPerSecond = outputPerDay / SECONDS_PER_DAY * volume.peakFactor();
        OptionalDouble work = work(local, inputPerSecond, outputPerSecond);
        return new Economics(
                in,
                api,
                link,
                capital,
                capital / days,
                running,
                saved,
                even <= days ? OptionalDouble.of(even) : OptionalDouble.empty(),
                capital + running * days,
                inputPerSecond,
                outputPerSecond,
                work.isPresent() ? OptionalDouble.of(work.getAsDouble() / local.machines()) : work,
                work.isPresent()
                        ? OptionalInt.of((int) Math.ceil(work.getAsDouble() / BUSIEST - 1e-9))
                        : OptionalInt.empty(),
                in.api().claimedPerDay().isPresent()
                        ? OptionalDouble.of(in.api().claimedPerDay().getAsDouble() - api)
                        : OptionalDouble.empty());
    }

    private static double kwhPerDay(EconomicsInputs.Local local) {
        return local.machines() * local.wattsPerMachine() / 1_000 * 24 * local.coolingFactor();
    }

    /** Machine-seconds of work a second: one machine reads, then writes, and does one at a time. */
    private static OptionalDouble work(EconomicsInputs.Local local, double inputPerSecond, double outputPerSecond) {
        if (local.inputTokensPerSecond().isEmpty()
                || local.outputTokensPerSecond().isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(inputPerSecond / local.inputTokensPerSecond().getAsDouble()
                + outputPerSecond / local.outputTokensPerSecond().getAsDouble());
    }

    /** Whether the machines can do the work; empty where nobody measured. */
    public boolean isInfeasible() {
        return machinesNeeded.isPresent()
                && machinesNeeded.getAsInt() > inputs.local().machines();
    }

    /** The report, a line a step, each with its arithmetic. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        EconomicsInputs.Volume v = inputs.volume();
        double input = v.documentsPerDay() * v.inputTokens() / MILLION;
        double output = v.documentsPerDay() * v.outputTokens() / MILLION;
        lines.add("Central API");
        lines.add(
                "  read     " + n(v.documentsPerDay()) + " documents x " + n(v.inputTokens()) + " tokens = " + n(input)
                        + " million a day, x " + money(inputs.api().inputPerMillion()) + " = "
                        + whole(input * inputs.api().inputPerMillion()));
        lines.add("  written  " + n(v.documentsPerDay()) + " documents x " + n(v.outputTokens()) + " tokens = "
                + n(output) + " million a day, x " + money(inputs.api().outputPerMillion()) + " = "
                + whole(output * inputs.api().outputPerMillion()));
        if (linkPerDay > 0) {
            lines.add("  link     " + n(v.documentsPerDay()) + " documents x "
                    + n(inputs.link().bytesPerDocument()) + " bytes, x "
                    + money(inputs.link().pricePerMegabyte()) + " a megabyte = " + whole(linkPerDay));
        }
        lines.add("  total    " + whole(apiPerDay + linkPerDay) + " a day, "
                + whole((apiPerDay + linkPerDay) * DAYS_PER_YEAR) + " a year of 365 days");
        claim(lines);
        ownMachines(lines);
        comparison(lines);
        feasibility(lines);
        return lines;
    }

    private void claim(List<String> lines) {
        claimOff.ifPresent(off -> {
            double claimed = apiPerDay + off;
            lines.add(
                    Math.abs(off) <= SAME * apiPerDay
                            ? "  the claimed " + whole(claimed) + " a day agrees with these prices"
                            : "  the claimed " + whole(claimed) + " a day does NOT follow from these prices: they give "
                                    + whole(apiPerDay) + ", " + whole(Math.abs(off))
                                    + (off < 0 ? " more" : " less"));
        });
    }

    private void ownMachines(List<String> lines) {
        EconomicsInputs.Local local = inputs.local();
        lines.add("Machines of your own");
        lines.add("  bought   " + local.machines() + " x " + whole(local.pricePerMachine()) + " = " + whole(capital)
                + ", over " + n(local.lifetimeYears()) + " years = " + whole(writeOffPerDay) + " a day");
        lines.add("  power    " + local.machines() + " x " + n(local.wattsPerMachine()) + " W x 24 h x "
                + n(local.coolingFactor()) + " for cooling = " + n(kwhPerDay(local)) + " kWh, x "
                + money(local.pricePerKwh()) + " = " + whole(kwhPerDay(local) * local.pricePerKwh()) + " a day");
        lines.add("  upkeep   " + whole(local.upkeepPerYear()) + " a year = "
                + whole(local.upkeepPerYear() / DAYS_PER_YEAR) + " a day");
        lines.add("  total    " + whole(writeOffPerDay + runningPerDay) + " a day, " + whole(totalOverLifetime)
                + " over the lifetime");
    }

    private void comparison(List<String> lines) {
        double days = inputs.local().lifetimeYears() * DAYS_PER_YEAR;
        lines.add("Compared");
        lines.add("  saved    " + whole(apiPerDay + linkPerDay) + " - " + whole(runningPerDay) + " running = "
                + whole(savedPerDay) + " a day");
        lines.add(
                breakEvenDays.isPresent()
                        ? "  even     " + whole(capital) + " / " + whole(savedPerDay) + " = after "
                                + n(breakEvenDays.getAsDouble()) + " days; whole lifetime cost of "
                                + whole(totalOverLifetime) + " is what the API takes in "
                                + n(totalOverLifetime / (apiPerDay + linkPerDay)) + " days"
                        : "  even     never within " + n(days) + " days: the API is cheaper");
    }

    private void feasibility(List<String> lines) {
        EconomicsInputs.Local local = inputs.local();
        lines.add("Can " + local.machines() + (local.machines() == 1 ? " machine" : " machines") + " do it?");
        lines.add("  needed   " + n(inputPerSecond) + " tokens/s read and " + n(outputPerSecond) + " written"
                + (inputs.volume().peakFactor() > 1
                        ? " in the busiest hour (" + n(inputs.volume().peakFactor()) + " x the average)"
                        : ", spread evenly over the day")
                + "; a machine: " + n(inputPerSecond / local.machines()) + " and "
                + n(outputPerSecond / local.machines()));
        if (busy.isEmpty() || machinesNeeded.isEmpty()) {
            lines.add(
                    "  measured nothing: measure tokens/s of the real model on the real machine before anything is bought");
            return;
        }
        lines.add("  measured " + n(local.inputTokensPerSecond().orElseThrow()) + " read or "
                + n(local.outputTokensPerSecond().orElseThrow()) + " written a machine: each would be busy "
                + n(busy.getAsDouble() * 100) + " % of its time");
        lines.add(
                isInfeasible()
                        ? "  NO: " + machinesNeeded.getAsInt() + " machines are needed so that none is busier than "
                                + n(BUSIEST * 100) + " %; the costs above are of " + local.machines()
                        : "  yes: " + machinesNeeded.getAsInt() + " would do with none busier than " + n(BUSIEST * 100)
                                + " %");
    }

    private String money(double amount) {
        return String.format(Locale.ROOT, "%s %,.2f", inputs.currency(), amount);
    }

    private String whole(double amount) {
        return String.format(Locale.ROOT, Math.abs(amount) < 100 ? "%s %,.2f" : "%s %,.0f", inputs.currency(), amount);
    }

    /** A number as it is, with a decimal where a whole one would hide something. */
    private static String n(double number) {
        return number == Math.rint(number) || Math.abs(number) >= 1_000
                ? String.format(Locale.ROOT, "%,.0f", number)
                : String.format(Locale.ROOT, "%,.1f", number);
    }
}
