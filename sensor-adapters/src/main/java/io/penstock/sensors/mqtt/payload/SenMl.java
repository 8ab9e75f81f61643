package io.penstock.sensors.mqtt.payload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import io.penstock.sensors.reading.RejectReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A SenML pack (RFC 8428). Base fields hold from their record on; a time below 2^28 seconds is relative to the receive
 * time. {@code v} and {@code vb} are readings; texts, data and sums ({@code vs vd s}) are none and are passed over. The
 * unit is the record's, then the base unit. A field that ends in {@code _} and a later version refuse the pack, as the
 * RFC demands.
 *
 * <p>Where the topic names the channel, all records must have one name; else each record's name is its channel.
 *
 * @param names which part of a record's name is the channel
 */
public record SenMl(Encoding encoding, Names names) implements PayloadFormat {
    public enum Encoding {
        JSON,
        CBOR
    }

    public enum Names {
        /** What follows the last slash or colon of the name. */
        LAST_PART,
        /** The whole name, which then holds no slash. */
        WHOLE
    }

    private static final CBORFactory CBOR = CBORFactory.builder()
            .streamReadConstraints(JsonTokens.BOUNDS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    private static final int VERSION = 10;
    private static final double RELATIVE_BELOW = 1 << 28;
    private static final int LONGEST_NAME = 400;

    @Override
    public boolean namesChannels() {
        return true;
    }

    @Override
    public PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties properties, long receivedMicros) {
        JsonFactory factory = encoding == Encoding.CBOR ? CBOR : JsonTokens.FACTORY;
        try (JsonParser parser = factory.createParser(payload)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new UnusablePayload(RejectReason.SYNTAX, "found no array, expected a SenML pack");
            }
            Pack pack = new Pack(origin, receivedMicros);
            JsonToken token;
            while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
                if (token != JsonToken.START_OBJECT) {
                    throw new UnusablePayload(
                            RejectReason.SYNTAX, "found " + token + " in the pack, expected SenML records");
                }
                pack.record(parser);
            }
            JsonTokens.nothingMore(parser);
            if (pack.readings.isEmpty()) {
                throw new UnusablePayload(
                        RejectReason.MISSING, "found no record with a value (v or vb), expected at least one");
            }
            return new PayloadOutcome.Decoded(pack.readings);
        } catch (IOException e) {
            return new PayloadOutcome.Rejected(
                    RejectReason.SYNTAX,
                    "expected SenML in " + encoding + ": "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        } catch (UnusablePayload e) {
            return e.outcome();
        }
    }

    private final class Pack {
        private final Origin origin;
        private final long receivedMicros;
        private final List<Reading> readings = new ArrayList<>();
        private String baseName = "";
        private double baseTime;
        private double baseValue;
        private @Nullable String baseUnit;
        private @Nullable String firstName;

        private String name = "";
        private double time;
        private double value;
        private boolean hasValue;
        private @Nullable String unit;

        Pack(Origin origin, long receivedMicros) {
            this.origin = origin;
            this.receivedMicros = receivedMicros;
        }

        void record(JsonParser parser) throws IOException, UnusablePayload {
            name = "";
            time = 0;
            value = 0;
            hasValue = false;
            unit = null;
            String label;
            while ((label = parser.nextFieldName()) != null) {
                JsonToken token = parser.nextToken();
                if (token == null) {
                    throw new UnusablePayload(RejectReason.SYNTAX, "the pack ends within a record");
                }
                field(label, parser, token);
                parser.skipChildren();
            }
            if (hasValue) {
                add();
            }
        }

        /** Labels of CBOR are numbers (RFC 8428, 6), which the parser gives as text. */
        private void field(String label, JsonParser parser, JsonToken token) throws IOException, UnusablePayload {
            boolean cbor = encoding == Encoding.CBOR;
            switch (label) {
                case "n", "0" -> name = is("n", cbor, label) ? text(parser, token, "n") : name;
                case "bn", "-2" -> baseName = is("bn", cbor, label) ? text(parser, token, "bn") : baseName;
                case "t", "6" -> time = is("t", cbor, label) ? finite(parser, token, "t", RejectReason.TIME) : time;
                case "bt", "-3" ->
                    baseTime = is("bt", cbor, label) ? finite(parser, token, "bt", RejectReason.TIME) : baseTime;
                case "u", "1" -> unit = is("u", cbor, label) ? text(parser, token, "u") : unit;
                case "bu", "-4" -> baseUnit = is("bu", cbor, label) ? text(parser, token, "bu") : baseUnit;
                case "bv", "-5" ->
                    baseValue = is("bv", cbor, label) ? finite(parser, token, "bv", RejectReason.VALUE) : baseValue;
                case "v", "2" -> {
                    if (is("v", cbor, label)) {
                        value = baseValue + value(parser, token);
                        hasValue = true;
                    }
                }
                case "vb", "4" -> {
                    if (is("vb", cbor, label)) {
                        value = flag(token);
                        hasValue = true;
                    }
                }
                case "bver", "-1" -> {
                    if (is("bver", cbor, label)) {
                        version(parser, token);
                    }
                }
                default -> {
                    if (label.endsWith("_")) {
                        throw new UnusablePayload(
                                RejectReason.SYNTAX,
                                "found the field " + PlantText.quoted(label)
                                        + ", which must be understood and is not (RFC 8428, 4.4)");
                    }
                }
            }
        }

        /** Whether a label is the one of this encoding. */
        private boolean is(String json, boolean cbor, String label) {
            return cbor != label.equals(json);
        }

        private void version(JsonParser parser, JsonToken token) throws IOException, UnusablePayload {
            double version = finite(parser, token, "bver", RejectReason.SYNTAX);
            if (!(version >= 1 && version <= VERSION)) {
                throw new UnusablePayload(
                        RejectReason.SYNTAX, "SenML version is " + version + ", expected at most " + VERSION);
            }
        }

        private String text(JsonParser parser, JsonToken token, String field) throws IOException, UnusablePayload {
            if (token != JsonToken.VALUE_STRING) {
                throw new UnusablePayload(
                        RejectReason.SYNTAX, "found " + token + " in the field " + field + ", expected text");
            }
            return parser.getText();
        }

        private double value(JsonParser parser, JsonToken token) throws IOException, UnusablePayload {
            // null is no SenML, but devices send it for a value they have not
            return token == JsonToken.VALUE_NULL ? Double.NaN : number(parser, token, "v", RejectReason.VALUE);
        }

        private double number(JsonParser parser, JsonToken token, String field, RejectReason reason)
                throws IOException, UnusablePayload {
            if (!token.isNumeric()) {
                throw new UnusablePayload(reason, "found " + token + " in the field " + field + ", expected a number");
            }
            return parser.getDoubleValue();
        }

        private double finite(JsonParser parser, JsonToken token, String field, RejectReason reason)
                throws IOException, UnusablePayload {
            double number = number(parser, token, field, reason);
            if (!Double.isFinite(number)) {
                throw new UnusablePayload(
                        reason, "found " + number + " in the field " + field + ", expected a finite number");
            }
            return number;
        }

        private double flag(JsonToken token) throws UnusablePayload {
            if (!token.isBoolean()) {
                throw new UnusablePayload(
                        RejectReason.VALUE, "found " + token + " in the field vb, expected true or false");
            }
            return token == JsonToken.VALUE_TRUE ? 1 : 0;
        }

        private void add() throws UnusablePayload {
            if (readings.size() == MOST_READINGS) {
                throw new UnusablePayload(
                        RejectReason.SIZE, "more than " + MOST_READINGS + " readings, expected at most so many");
            }
            if (baseName.length() + name.length() > LONGEST_NAME) {
                throw new UnusablePayload(
                        RejectReason.TOPIC,
                        "a record's name has " + (baseName.length() + name.length()) + " characters, expected at most "
                                + LONGEST_NAME);
            }
            String messageUnit = unit == null ? baseUnit : unit;
            Origin.Target target = target(baseName + name, messageUnit);
            readings.add(PayloadOutcome.reading(target, sourceMicros(), receivedMicros, Quality.GOOD, value));
        }

        private Origin.Target target(String whole, @Nullable String messageUnit) throws UnusablePayload {
            if (origin.namesChannel()) {
                if (firstName != null && !firstName.equals(whole)) {
                    throw new UnusablePayload(
                            RejectReason.TOPIC,
                            "the topic names the channel, but the pack has records of " + PlantText.quoted(firstName)
                                    + " and " + PlantText.quoted(whole)
                                    + "; take {channel} from the topic template to name channels by records");
                }
                firstName = whole;
                return origin.target(messageUnit);
            }
            int last = Math.max(whole.lastIndexOf('/'), whole.lastIndexOf(':'));
            return origin.named(names == Names.WHOLE ? whole : whole.substring(last + 1), messageUnit);
        }

        private long sourceMicros() throws UnusablePayload {
            double seconds = baseTime + time;
            long micros = Math.abs(seconds) < RELATIVE_BELOW
                    ? receivedMicros + Math.round(seconds * 1e6)
                    : Math.round(seconds * 1e6);
            if (!PlantText.isPlausibleTime(micros)) {
                throw new UnusablePayload(
                        RejectReason.TIME,
                        "a record's time is " + seconds + " s, expected one of the years 2000 to 2099, or less than "
                                + "2^28 s from now");
            }
            return micros;
        }
    }
}
