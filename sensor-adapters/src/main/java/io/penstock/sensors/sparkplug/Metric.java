package io.penstock.sensors.sparkplug;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One metric of a payload (sparkplug_b.proto, message Metric), as far as a measured number needs it.
 *
 * @param name empty where only the alias is given
 * @param alias -1 where there is none
 * @param timestampMillis since the epoch, -1 where there is none
 * @param datatype Sparkplug 3.0, 6.4.16; 0 where there is none
 * @param bits the value as it stood: of an integer its 64 bits, of a double or float its own
 * @param field the number of the field that held the value; 0 where there was none
 * @param quality the property {@code Quality}, -1 where there is none
 * @param unit the property {@code engUnit}, null where there is none
 */
record Metric(
        String name,
        long alias,
        long timestampMillis,
        int datatype,
        boolean historical,
        boolean isNull,
        int field,
        long bits,
        int quality,
        @Nullable String unit) {
    static final int BOOLEAN = 11;
    static final int INT_VALUE = 10;
    static final int LONG_VALUE = 11;
    static final int FLOAT_VALUE = 12;
    static final int DOUBLE_VALUE = 13;
    static final int BOOLEAN_VALUE = 14;
    static final int MOST_PROPERTIES = 256;
    private static final int LONGEST_NAME = 1000;

    /** Whether the value is a number or a truth value, as the datatype says. */
    boolean isNumber(int type) {
        return switch (type) {
            case 1, 2, 3, 4, 5, 6, 7, 8 -> whole();
            case 9, 10 -> field == FLOAT_VALUE || field == DOUBLE_VALUE;
            case BOOLEAN -> field == BOOLEAN_VALUE;
            default -> false;
        };
    }

    /** The value of a datatype for which {@link #isNumber} holds; true is 1. */
    double number(int type) {
        return switch (type) {
            case 1 -> (byte) bits;
            case 2 -> (short) bits;
            case 3 -> (int) bits;
            case 5, 6, 7 -> bits & 0xFFFF_FFFFL;
            case 8 -> unsigned(bits);
            case 9, 10 -> field == FLOAT_VALUE ? Float.intBitsToFloat((int) bits) : Double.longBitsToDouble(bits);
            default -> bits;
        };
    }

    private boolean whole() {
        return field == INT_VALUE || field == LONG_VALUE;
    }

    private static double unsigned(long bits) {
        return bits >= 0 ? bits : (bits >>> 1) * 2.0 + (bits & 1);
    }

    static Metric read(CodedInputStream in) throws IOException {
        String name = "";
        long alias = -1;
        long timestamp = -1;
        int datatype = 0;
        boolean historical = false;
        boolean isNull = false;
        int field = 0;
        long bits = 0;
        int quality = -1;
        String unit = null;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> name = text(in);
                case 2 << 3 -> alias = in.readUInt64();
                case 3 << 3 -> timestamp = in.readUInt64();
                case 4 << 3 -> datatype = in.readUInt32();
                case 5 << 3 -> historical = in.readBool();
                case 7 << 3 -> isNull = in.readBool();
                case 9 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                    int limit = in.pushLimit(in.readRawVarint32());
                    Properties properties = Properties.read(in);
                    in.popLimit(limit);
                    quality = properties.quality;
                    unit = properties.unit;
                }
                case INT_VALUE << 3 -> {
                    field = INT_VALUE;
                    bits = in.readUInt32();
                }
                case LONG_VALUE << 3 -> {
                    field = LONG_VALUE;
                    bits = in.readUInt64();
                }
                case FLOAT_VALUE << 3 | WireFormat.WIRETYPE_FIXED32 -> {
                    field = FLOAT_VALUE;
                    bits = in.readRawLittleEndian32();
                }
                case DOUBLE_VALUE << 3 | WireFormat.WIRETYPE_FIXED64 -> {
                    field = DOUBLE_VALUE;
                    bits = in.readRawLittleEndian64();
                }
                case BOOLEAN_VALUE << 3 -> {
                    field = BOOLEAN_VALUE;
                    bits = in.readBool() ? 1 : 0;
                }
                default -> in.skipField(tag);
            }
        }
        return new Metric(name, alias, timestamp, datatype, historical, isNull, field, bits, quality, unit);
    }

    private static String text(CodedInputStream in) throws IOException {
        String found = in.readStringRequireUtf8();
        if (found.length() > LONGEST_NAME) {
            throw new IOException("a name of " + found.length() + " characters, expected at most " + LONGEST_NAME);
        }
        return found;
    }

    /** Keys and values stand in two lists of equal length (message PropertySet). */
    private record Properties(int quality, @Nullable String unit) {
        static Properties read(CodedInputStream in) throws IOException {
            List<String> keys = new ArrayList<>();
            List<Object> values = new ArrayList<>();
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (keys.size() > MOST_PROPERTIES || values.size() > MOST_PROPERTIES) {
                    throw new IOException("more than " + MOST_PROPERTIES + " properties of one metric");
                }
                switch (tag) {
                    case 1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> keys.add(text(in));
                    case 2 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                        int limit = in.pushLimit(in.readRawVarint32());
                        values.add(value(in));
                        in.popLimit(limit);
                    }
                    default -> in.skipField(tag);
                }
            }
            int quality = -1;
            String unit = null;
            for (int i = 0; i < Math.min(keys.size(), values.size()); i++) {
                if (keys.get(i).equals("Quality") && values.get(i) instanceof Integer code) {
                    quality = code;
                } else if (keys.get(i).equals("engUnit") && values.get(i) instanceof String text) {
                    unit = text;
                }
            }
            return new Properties(quality, unit);
        }

        private static Object value(CodedInputStream in) throws IOException {
            Object found = "";
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (tag) {
                    case 3 << 3 -> found = in.readUInt32();
                    case 8 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED -> found = text(in);
                    default -> in.skipField(tag);
                }
            }
            return found;
        }
    }
}
