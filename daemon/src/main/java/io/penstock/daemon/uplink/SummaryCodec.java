package io.penstock.daemon.uplink;

import io.penstock.daemon.asset.Severity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A summary as bits; the first of a frame's numbers is the hour, so that each frame can be read by itself.
 *
 * <pre>
 * bits   8 dictionary version | 8 asset | 12 case number | 6 minute of the frame's hour, 63: see below | 6 fault | 2 severity
 *        1 closed | 4 confidence in fifteenths | 2 count of evidence
 *        then, each evidence: 8 symptom | 1 sign | 3 exponent + 4 | 10 mantissa 0..999     value = +-mantissa x 10^exponent
 *        minute 63: 24 bits follow at the end, the hours before the frame's hour (18) and the minute (6)
 * </pre>
 * 49 bits and 22 for each evidence: 15 bytes with three.
 */
public final class SummaryCodec {
    private static final int OTHER_HOUR = 63;
    private static final int LOWEST_EXPONENT = -4;
    private static final int HIGHEST_EXPONENT = 3;
    private static final int MANTISSA_BITS = 10;
    static final int MOST_HOURS = (1 << 18) - 1;
    private static final Severity[] SEVERITIES = Severity.values();

    private final Dictionary dictionary;

    public SummaryCodec(Dictionary dictionary) {
        this.dictionary = dictionary;
    }

    public Dictionary dictionary() {
        return dictionary;
    }

    /**
     * @param frameHour hour of the frame's first number, since 2026, not before the summary's
     */
    public byte[] encode(Summary summary, long frameHour) {
        Bits bits = new Bits();
        long hours = frameHour - summary.minutes() / 60;
        if (hours < 0 || hours > MOST_HOURS) {
            throw new IllegalArgumentException("summary of hour " + summary.minutes() / 60 + " in a frame of hour "
                    + frameHour + ", expected one not later and within 29 years");
        }
        bits.put(dictionary.version(), 8);
        bits.put(summary.asset(), 8);
        bits.put(summary.caseNumber(), 12);
        bits.put(hours == 0 ? (int) (summary.minutes() % 60) : OTHER_HOUR, 6);
        bits.put(dictionary.faultPlace(summary.fault()), 6);
        bits.put(summary.severity().ordinal(), 2);
        bits.put(summary.closed() ? 1 : 0, 1);
        bits.put((int) Math.round(summary.confidence() * 15), 4);
        List<int[]> lines = new ArrayList<>();
        for (Summary.Evidence evidence : summary.evidence()) {
            dictionary
                    .symptomPlace(evidence.symptom(), evidence.unit())
                    .ifPresent(place -> lines.add(new int[] {place, packed(evidence.value())}));
        }
        bits.put(lines.size(), 2);
        for (int[] line : lines) {
            bits.put(line[0], 8);
            bits.put(line[1], 14);
        }
        if (hours != 0) {
            bits.put((int) hours, 18);
            bits.put((int) (summary.minutes() % 60), 6);
        }
        return bits.bytes();
    }

    /** The summary in some bytes; empty where they are none, or of another dictionary. */
    public Optional<Summary> decode(byte[] bytes, long frameHour) {
        Bits bits = new Bits(bytes);
        if (bits.take(8) != dictionary.version()) {
            return Optional.empty();
        }
        int asset = bits.take(8);
        int caseNumber = bits.take(12);
        int minute = bits.take(6);
        int fault = bits.take(6);
        int severity = bits.take(2);
        boolean closed = bits.take(1) == 1;
        double confidence = bits.take(4) / 15.0;
        int count = bits.take(2);
        List<Summary.Evidence> evidence = new ArrayList<>();
        boolean known = true;
        for (int i = 0; i < count; i++) {
            Dictionary.Symptom symptom = dictionary.symptom(bits.take(8));
            double value = unpacked(bits.take(14));
            known &= symptom != null;
            if (symptom != null) {
                evidence.add(new Summary.Evidence(symptom.name(), symptom.unit(), value));
            }
        }
        long hour = frameHour;
        if (minute == OTHER_HOUR) {
            hour -= bits.take(18);
            minute = bits.take(6);
        }
        if (!known
                || bits.ranOut()
                || bits.hasMore()
                || minute > 59
                || hour < 0
                || severity >= SEVERITIES.length
                || asset >= Summary.MOST_ASSETS) {
            return Optional.empty();
        }
        return Optional.of(new Summary(
                asset,
                caseNumber,
                hour * 60 + minute,
                dictionary.fault(fault),
                SEVERITIES[severity],
                confidence,
                closed,
                evidence));
    }

    /** Three significant digits; what is beyond 999,000 or no number is sent as the largest there is, of its sign. */
    static int packed(double value) {
        double size = Double.isNaN(value) ? Double.MAX_VALUE : Math.abs(value);
        int exponent = LOWEST_EXPONENT;
        while (exponent < HIGHEST_EXPONENT && Math.round(size / Math.pow(10, exponent)) > 999) {
            exponent++;
        }
        long mantissa = Math.min(999, Math.round(size / Math.pow(10, exponent)));
        int sign = value < 0 ? 1 : 0;
        return sign << 13 | (exponent - LOWEST_EXPONENT) << MANTISSA_BITS | (int) mantissa;
    }

    static double unpacked(int bits) {
        int mantissa = bits & ((1 << MANTISSA_BITS) - 1);
        int exponent = (bits >> MANTISSA_BITS & 7) + LOWEST_EXPONENT;
        double size = exponent < 0 ? mantissa / Math.pow(10, -exponent) : mantissa * Math.pow(10, exponent);
        return (bits >> 13) == 1 ? -size : size;
    }

    /** Bits one after the other, the highest first. */
    private static final class Bits {
        private byte[] bytes = new byte[32];
        private int at;
        private final int end;

        Bits() {
            end = Integer.MAX_VALUE;
        }

        Bits(byte[] from) {
            bytes = from;
            end = from.length * 8;
        }

        void put(int value, int count) {
            for (int i = count - 1; i >= 0; i--) {
                if ((value >> i & 1) == 1) {
                    bytes[at / 8] |= (byte) (0x80 >> at % 8);
                }
                at++;
            }
        }

        /** Beyond the end: zeros, and {@link #ranOut}. */
        int take(int count) {
            int value = 0;
            for (int i = 0; i < count; i++) {
                int bit = at < end ? bytes[at / 8] >> (7 - at % 8) & 1 : 0;
                value = value << 1 | bit;
                at++;
            }
            return value;
        }

        boolean ranOut() {
            return at > end;
        }

        boolean hasMore() {
            return end - at >= 8;
        }

        byte[] bytes() {
            return Arrays.copyOf(bytes, (at + 7) / 8);
        }
    }
}
