package io.penstock.daemon.uplink;

import java.time.Instant;
import java.time.ZoneOffset;

/**
 * What a link charges. All of it adds up: a line with a price a megabyte, one with a price a message or a credit, or both. Months,
 * days and hours are UTC's.
 *
 * @param currency as it is printed
 * @param perMegabyte of 1,000,000 bytes; peak hours change it
 * @param perMessage for each message, whatever its length
 * @param creditBytes a message is billed in blocks of so many bytes, the last one whole; 0: no blocks
 * @param perCredit price of a block
 * @param monthlyAllowanceBytes bytes of a month that cost nothing, in blocks where there are blocks
 * @param monthlyMinimum billed at least, whatever was sent
 * @param peakFrom first hour of the day, 0 to 23, at which traffic costs {@code peakFactor} times as much
 * @param peakTo first hour after that, 0 to 24; equal to {@code peakFrom}: no peak
 * @param peakFactor 1 or more
 */
public record Tariff(
        String currency,
        double perMegabyte,
        double perMessage,
        int creditBytes,
        double perCredit,
        long monthlyAllowanceBytes,
        double monthlyMinimum,
        int peakFrom,
        int peakTo,
        double peakFactor) {
    private static final double MEGABYTE = 1e6;

    public Tariff {
        notNegative("per_megabyte", perMegabyte);
        notNegative("per_message", perMessage);
        notNegative("per_credit", perCredit);
        notNegative("monthly_minimum", monthlyMinimum);
        if (creditBytes < 0 || (creditBytes == 0) != (perCredit == 0)) {
            throw new IllegalArgumentException("credit_bytes is " + creditBytes + " and per_credit " + perCredit
                    + "; both are above 0 where a message is billed in blocks, and both 0 where it is not");
        }
        if (monthlyAllowanceBytes < 0) {
            throw new IllegalArgumentException("monthly_allowance is below 0");
        }
        if (peakFrom < 0 || peakFrom > 23 || peakTo < peakFrom || peakTo > 24) {
            throw new IllegalArgumentException(
                    "peak hours " + peakFrom + " to " + peakTo + ", expected rising hours from 0 to 24");
        }
        if (!(peakFactor >= 1) || (peakFrom == peakTo && peakFactor != 1)) {
            throw new IllegalArgumentException(
                    "peak_factor is " + peakFactor + ", expected 1 or more, and 1 where there are no peak hours");
        }
    }

    private static void notNegative(String key, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(key + " is " + value + ", expected 0 or more");
        }
    }

    /** A link that costs nothing. */
    public static Tariff free(String currency) {
        return new Tariff(currency, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    }

    /** Bytes the provider counts of a message. */
    public long billedBytes(int bytes) {
        return creditBytes == 0 ? bytes : (long) Math.ceilDiv(bytes, creditBytes) * creditBytes;
    }

    /**
     * What one more message costs.
     *
     * @param monthBilledBytes bytes the provider has counted this month before it
     */
    public double cost(int bytes, Instant at, long monthBilledBytes) {
        long billed = billedBytes(bytes);
        long free = Math.clamp(monthlyAllowanceBytes - monthBilledBytes, 0, billed);
        long paid = billed - free;
        double traffic = paid / MEGABYTE * perMegabyte
                + (creditBytes == 0 ? 0 : Math.ceilDiv(paid, (long) creditBytes) * perCredit);
        int hour = at.atOffset(ZoneOffset.UTC).getHour();
        boolean peak = hour >= peakFrom && hour < peakTo;
        return traffic * (peak ? peakFactor : 1) + perMessage;
    }
}
