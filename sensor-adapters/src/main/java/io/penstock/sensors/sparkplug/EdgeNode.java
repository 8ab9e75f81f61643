package io.penstock.sensors.sparkplug;

import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one edge node: whether it lives, what its aliases mean, which message comes next. Messages that come
 * ahead of their turn are held, at most {@value #MOST_HELD} and 2 s; then what is missing counts as lost, the node is
 * asked for its births, and what was held is read. Times for waiting are nanoseconds of any one clock.
 */
final class EdgeNode {
    static final int MOST_HELD = 16;
    static final int MOST_METRICS = SparkplugPayload.MOST_METRICS;
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);
    static final long FIRST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final long LONGEST_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final String BIRTH_DEATH_SEQUENCE = "bdSeq";
    private static final int STALE = 500;

    /** A metric as its birth declared it. */
    private record Declared(String device, SparkplugSettings.@Nullable Named named, int datatype) {}

    private record Held(SparkplugTopic topic, SparkplugPayload payload, long receivedMicros, long nanos) {}

    private final String group;
    private final String node;
    private final SparkplugSettings settings;
    private final Map<Long, Declared> byAlias = new HashMap<>();
    private final Map<String, Declared> byName = new HashMap<>();
    private final List<Held> held = new ArrayList<>();
    private boolean alive;
    private long birth = -1;
    private int next;
    private boolean asked;
    private long mayAskNanos;
    private long pauseNanos = FIRST_PAUSE_NANOS;

    EdgeNode(String group, String node, SparkplugSettings settings) {
        this.group = group;
        this.node = node;
        this.settings = settings;
    }

    /** We were away: what happened meanwhile is not known. */
    void forget() {
        alive = false;
        held.clear();
    }

    void take(SparkplugTopic topic, SparkplugPayload payload, long receivedMicros, long nanos, Taken out) {
        switch (topic.type()) {
            case NBIRTH -> born(topic, payload, receivedMicros, out);
            case NDEATH -> died(payload, receivedMicros, out);
            case NDATA, DBIRTH, DDATA, DDEATH -> inTurn(new Held(topic, payload, receivedMicros, nanos), out);
        }
    }

    private void born(SparkplugTopic topic, SparkplugPayload payload, long receivedMicros, Taken out) {
        if (payload.seq() < 0) {
            out.reject(where(topic), RejectReason.MISSING, "a birth without a sequence number, expected 0");
            return;
        }
        byAlias.clear();
        byName.clear();
        held.clear();
        alive = true;
        birth = birthSequence(payload);
        next = (payload.seq() + 1) & 0xFF;
        pauseNanos = FIRST_PAUSE_NANOS;
        declare(topic, payload, receivedMicros, out);
    }

    private static long birthSequence(SparkplugPayload payload) {
        return payload.metrics().stream()
                .filter(m -> m.name().equals(BIRTH_DEATH_SEQUENCE))
                .mapToLong(Metric::bits)
                .findFirst()
                .orElse(-1);
    }

    private void died(SparkplugPayload payload, long receivedMicros, Taken out) {
        long death = birthSequence(payload);
        if (birth >= 0 && death >= 0 && birth != death) {
            out.reject(
                    group + "/" + node,
                    RejectReason.LOST,
                    "the death of birth " + death + ", and birth " + birth + " lives: ignored");
            return;
        }
        if (alive) {
            stale(null, receivedMicros, out);
        }
        forget();
    }

    /** Each channel of the device, or of the node and all its devices, has no value from now on. */
    private void stale(@Nullable String device, long micros, Taken out) {
        for (Declared declared : byName.values()) {
            if (declared.named() != null && (device == null || device.equals(declared.device()))) {
                out.readings.add(
                        new Reading.Scalar(declared.named().channel(), micros, micros, Quality.BAD, Double.NaN));
            }
        }
    }

    private void inTurn(Held message, Taken out) {
        if (!alive) {
            out.reject(where(message.topic()), RejectReason.MISSING, "data of a node whose birth was not seen");
            ask(message.nanos(), out);
            return;
        }
        if (message.payload().seq() < 0) {
            out.reject(
                    where(message.topic()),
                    RejectReason.MISSING,
                    "a message without a sequence number, expected 0 to 255");
            return;
        }
        int ahead = (message.payload().seq() - next) & 0xFF;
        if (ahead == 0) {
            apply(message, out);
            release(out);
        } else if (ahead > 0xFF - MOST_HELD) {
            out.reject(
                    where(message.topic()),
                    RejectReason.LOST,
                    "sequence number " + message.payload().seq() + " came before or too late");
        } else if (ahead <= MOST_HELD && held.size() < MOST_HELD) {
            held.add(message);
        } else {
            held.add(message);
            giveUp(message.nanos(), out);
        }
    }

    private void release(Taken out) {
        for (boolean found = true; found; ) {
            found = false;
            for (Held message : List.copyOf(held)) {
                if (alive && message.payload().seq() == next) {
                    held.remove(message);
                    apply(message, out);
                    found = true;
                }
            }
        }
    }

    /** What is missing is lost: asks for the births and reads what came after. */
    private void giveUp(long nanos, Taken out) {
        out.reject(
                group + "/" + node,
                RejectReason.LOST,
                "message " + next + " is missing, found "
                        + held.getFirst().payload().seq());
        ask(nanos, out);
        int from = next;
        List<Held> waiting = new ArrayList<>(held);
        held.clear();
        waiting.sort(Comparator.comparingInt(h -> (h.payload().seq() - from) & 0xFF));
        waiting.forEach(message -> apply(message, out));
    }

    /** Looks whether something has waited too long. */
    void tick(long nanos, Taken out) {
        if (!held.isEmpty() && nanos - held.getFirst().nanos() > PATIENCE_NANOS) {
            giveUp(nanos, out);
        }
    }

    private void ask(long nanos, Taken out) {
        if (!settings.rebirth() || (asked && nanos - mayAskNanos < 0)) {
            return;
        }
        asked = true;
        mayAskNanos = nanos + pauseNanos;
        pauseNanos = Math.min(pauseNanos * 2, LONGEST_PAUSE_NANOS);
        out.rebirths.add(new RebirthRequest(group, node));
    }

    private void apply(Held message, Taken out) {
        SparkplugTopic topic = message.topic();
        SparkplugPayload payload = message.payload();
        next = (payload.seq() + 1) & 0xFF;
        switch (topic.type()) {
            case DBIRTH -> {
                byAlias.values().removeIf(d -> d.device().equals(topic.device()));
                byName.values().removeIf(d -> d.device().equals(topic.device()));
                declare(topic, payload, message.receivedMicros(), out);
            }
            case DDEATH -> {
                stale(topic.device(), message.receivedMicros(), out);
                byAlias.values().removeIf(d -> d.device().equals(topic.device()));
                byName.values().removeIf(d -> d.device().equals(topic.device()));
            }
            case NDATA, DDATA -> data(message, out);
            case NBIRTH, NDEATH -> throw new IllegalStateException("births and deaths of nodes have no turn");
        }
    }

    private void declare(SparkplugTopic topic, SparkplugPayload payload, long receivedMicros, Taken out) {
        for (Metric metric : payload.metrics()) {
            if (metric.name().isEmpty()) {
                out.reject(where(topic), RejectReason.MISSING, "a birth with a metric that has no name");
                continue;
            }
            if (byName.size() >= MOST_METRICS || byAlias.size() >= MOST_METRICS) {
                out.reject(where(topic), RejectReason.SIZE, "more than " + MOST_METRICS + " metrics of one node");
                return;
            }
            Declared declared = new Declared(
                    topic.device(), settings.named(group, node, topic.device(), metric.name()), metric.datatype());
            byName.put(key(topic.device(), metric.name()), declared);
            if (metric.alias() >= 0) {
                byAlias.put(metric.alias(), declared);
            }
            read(topic, payload, metric, declared, receivedMicros, out);
        }
    }

    private void data(Held message, Taken out) {
        for (Metric metric : message.payload().metrics()) {
            Declared declared = metric.name().isEmpty()
                    ? byAlias.get(metric.alias())
                    : byName.get(key(message.topic().device(), metric.name()));
            if (declared == null || !declared.device().equals(message.topic().device())) {
                out.reject(
                        where(message.topic()),
                        RejectReason.MISSING,
                        (metric.name().isEmpty() ? "alias " + metric.alias() : PlantText.quoted(metric.name()))
                                + " is in no birth of this node or device");
                ask(message.nanos(), out);
            } else {
                read(message.topic(), message.payload(), metric, declared, message.receivedMicros(), out);
            }
        }
    }

    private static void read(
            SparkplugTopic topic,
            SparkplugPayload payload,
            Metric metric,
            Declared declared,
            long receivedMicros,
            Taken out) {
        SparkplugSettings.Named named = declared.named();
        if (named == null) {
            return;
        }
        String where = where(topic) + " " + named.channel();
        String expected = named.expectedUnit();
        if (expected != null && metric.unit() != null && !expected.equals(metric.unit())) {
            out.reject(
                    where, RejectReason.UNIT, "unit is " + PlantText.quoted(metric.unit()) + ", expected " + expected);
            return;
        }
        if (metric.historical() && metric.timestampMillis() < 0) {
            out.reject(where, RejectReason.TIME, "a historical value without a time of its own");
            return;
        }
        long millis = metric.timestampMillis() != -1 ? metric.timestampMillis() : payload.timestampMillis();
        boolean inRange = millis >= 0 && millis < Long.MAX_VALUE / 1000;
        long micros = millis == -1 ? receivedMicros : inRange ? millis * 1000 : -1;
        if (millis != -1 && !PlantText.isPlausibleTime(micros)) {
            out.reject(
                    where,
                    RejectReason.TIME,
                    "time is " + Long.toUnsignedString(millis) + " ms, expected one of the years 2000 to 2099");
            return;
        }
        if (metric.isNull()) {
            out.readings.add(new Reading.Scalar(named.channel(), micros, receivedMicros, Quality.BAD, Double.NaN));
            return;
        }
        int type = metric.datatype() > 0 ? metric.datatype() : declared.datatype();
        if (!metric.isNumber(type)) {
            out.reject(
                    where,
                    RejectReason.VALUE,
                    "a value of datatype " + type + " in field " + metric.field()
                            + ", expected a number or a truth value");
            return;
        }
        out.readings.add(Reading.Scalar.measured(
                named.channel(), micros, receivedMicros, quality(metric.quality()), metric.number(type)));
    }

    /** The property Quality (Sparkplug 3.0, 6.4.14): 192 good, 0 bad, 500 stale; others as in classic OPC. */
    private static Quality quality(int code) {
        if (code == -1) {
            return Quality.GOOD;
        }
        if (code == STALE) {
            return Quality.UNCERTAIN;
        }
        return switch (code & 0xC0) {
            case 0xC0 -> Quality.GOOD;
            case 0x40 -> Quality.UNCERTAIN;
            default -> Quality.BAD;
        };
    }

    private static String key(String device, String metric) {
        return device + "/" + metric;
    }

    private static String where(SparkplugTopic topic) {
        return topic.type() + " " + topic.edgeNode() + (topic.device().isEmpty() ? "" : "/" + topic.device());
    }
}
