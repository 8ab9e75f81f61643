package io.penstock.daemon.config;

import io.penstock.sensors.mqtt.MqttSourceSettings.Subscription;
import io.penstock.sensors.mqtt.TopicTemplate;
import io.penstock.sensors.mqtt.payload.Binary;
import io.penstock.sensors.mqtt.payload.ChannelUnits;
import io.penstock.sensors.mqtt.payload.Compressed;
import io.penstock.sensors.mqtt.payload.Csv;
import io.penstock.sensors.mqtt.payload.Json;
import io.penstock.sensors.mqtt.payload.JsonTable;
import io.penstock.sensors.mqtt.payload.JsonWaveform;
import io.penstock.sensors.mqtt.payload.PayloadFormat;
import io.penstock.sensors.mqtt.payload.Plain;
import io.penstock.sensors.mqtt.payload.SenMl;
import io.penstock.sensors.mqtt.payload.TimeFormat;
import io.penstock.sensors.mqtt.payload.Ucum;
import io.penstock.sensors.mqtt.payload.WaveformProperties;
import io.penstock.sensors.reading.ChannelId;
import java.nio.ByteOrder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code [[mqtt.subscribe]]}: which topics, and what their payloads mean. */
final class SubscriptionTables {
    private final Map<ChannelId, String> channelUnits;

    /** @param channelUnits as the asset files say them */
    SubscriptionTables(Map<ChannelId, String> channelUnits) {
        this.channelUnits = Map.copyOf(channelUnits);
    }

    private enum Payload {
        PLAIN,
        JSON,
        CSV,
        SENML,
        SENML_CBOR,
        BINARY
    }

    private enum Compression {
        AUTO,
        NONE,
        GZIP,
        ZSTD
    }

    private enum Endian {
        LITTLE,
        BIG
    }

    Subscription subscription(Section s, int largestPayloadBytes) {
        PayloadFormat format = switch (s.choice("payload", Payload.class, Payload.JSON)) {
            case PLAIN -> new Plain();
            case JSON -> json(s);
            case CSV -> csv(s);
            case SENML -> senMl(s, SenMl.Encoding.JSON);
            case SENML_CBOR -> senMl(s, SenMl.Encoding.CBOR);
            case BINARY -> binary(s);
        };
        TopicTemplate template = new TopicTemplate(
                s.requiredText("topic"), emptyToNull(s.text("asset", "")), emptyToNull(s.text("channel", "")));
        return new Subscription(
                s.text("filter", template.filter()),
                template,
                compressed(s, format, largestPayloadBytes),
                units(s, template));
    }

    private static PayloadFormat compressed(Section s, PayloadFormat format, int largestPayloadBytes) {
        return switch (s.choice("compression", Compression.class, Compression.AUTO)) {
            case NONE -> format;
            case AUTO -> new Compressed(format, Compressed.Compression.AUTO, largestPayloadBytes);
            case GZIP -> new Compressed(format, Compressed.Compression.GZIP, largestPayloadBytes);
            case ZSTD -> new Compressed(format, Compressed.Compression.ZSTD, largestPayloadBytes);
        };
    }

    private static PayloadFormat json(Section s) {
        Map<String, String> values = s.textMap("values");
        boolean array = s.has("array");
        boolean waveform = s.has("rate_hz");
        boolean value = s.has("value");
        if (!values.isEmpty() && (value || waveform)) {
            s.problem("values", "found with " + (value ? "value" : "rate_hz") + ", expected only one of the two");
        } else if (waveform && (!array || value)) {
            s.problem("rate_hz", "a waveform needs array, the pointer to its samples, and no value");
        } else if (s.has("unit") && !waveform && (array || !values.isEmpty())) {
            s.problem("unit", "found with array or values, expected source_unit or source_units there");
        }
        String time = emptyToNull(s.text("time", "/ts"));
        TimeFormat timeFormat = s.choice("time_format", TimeFormat.class, TimeFormat.MILLISECONDS);
        String quality = emptyToNull(s.text("quality", ""));
        String unit = emptyToNull(s.text("unit", ""));
        String one = s.text("value", "/value");
        if (waveform) {
            double rate = s.requiredNumber("rate_hz", 1e-6, 10_000_000);
            return new JsonWaveform(s.text("array", ""), rate, time, timeFormat, quality, unit);
        }
        if (array || !values.isEmpty()) {
            Map<String, String> pointers = values.isEmpty() ? Map.of(JsonTable.TOPIC_CHANNEL, one) : values;
            return new JsonTable(array ? s.text("array", "") : null, pointers, time, timeFormat, quality);
        }
        return new Json(one, time, timeFormat, quality, unit);
    }

    private static PayloadFormat csv(Section s) {
        String separator = s.text("separator", ",");
        if (separator.length() != 1) {
            s.problem("separator", "found \"" + separator + "\", expected one character");
        }
        return new Csv(
                s.texts("columns"),
                separator.isEmpty() ? ',' : separator.charAt(0),
                s.choice("time_format", TimeFormat.class, TimeFormat.MILLISECONDS));
    }

    private static PayloadFormat senMl(Section s, SenMl.Encoding encoding) {
        return new SenMl(encoding, s.choice("names", SenMl.Names.class, SenMl.Names.LAST_PART));
    }

    private static PayloadFormat binary(Section s) {
        boolean described = s.flag("properties", false);
        WaveformProperties properties = described
                ? new WaveformProperties(
                        s.text("time_property", "time"),
                        s.choice("time_format", TimeFormat.class, TimeFormat.MILLISECONDS),
                        s.text("rate_property", "rate_hz"),
                        s.text("unit_property", "unit"),
                        s.text("samples_property", "samples"))
                : null;
        boolean big = s.choice("byte_order", Endian.class, Endian.LITTLE) == Endian.BIG;
        return new Binary(
                s.choice("header", Binary.Header.class, Binary.Header.NONE),
                s.choice("samples", Binary.SampleType.class, Binary.SampleType.FLOAT32),
                big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
                s.number("scale", 1, -1e12, 1e12),
                described && !s.has("rate_hz") ? 0 : s.requiredNumber("rate_hz", 1, 10_000_000),
                properties);
    }

    private ChannelUnits units(Section s, TopicTemplate template) {
        String sent = emptyToNull(s.text("source_unit", ""));
        String expected = emptyToNull(s.text("expected_unit", ""));
        Map<String, String> byChannel = s.textMap("source_units");
        if (sent != null) {
            check(s, "source_unit", sent, expected, template.channel());
        }
        byChannel.forEach((channel, unit) -> check(s, "source_units", unit, expected, channel));
        return new ChannelUnits(channelUnits, expected, sent, byChannel);
    }

    /** Names a unit that is none, or that cannot become the unit of the channel it is for. */
    private void check(Section s, String key, String sent, @Nullable String expected, @Nullable String channel) {
        if (expected != null) {
            convertible(s, key, sent, expected);
            return;
        }
        boolean any = false;
        for (Map.Entry<ChannelId, String> kept : channelUnits.entrySet()) {
            if (kept.getKey().channel().equals(channel) && !kept.getValue().equals("1")) {
                any = true;
                convertible(s, key, sent, kept.getValue());
            }
        }
        if (!any && !Ucum.knows(sent)) {
            s.problem(key, "found \"" + sent + "\", expected a UCUM unit such as \"Cel\", \"bar\" or \"mm/s\"");
        }
    }

    private static void convertible(Section s, String key, String sent, String kept) {
        if (Ucum.conversion(sent, kept).isEmpty()) {
            s.problem(key, "found \"" + sent + "\", expected a unit that converts to the channel's \"" + kept + "\"");
        }
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
