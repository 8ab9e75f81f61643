package io.penstock.sensors.mqtt.payload;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdDecompressor;
import io.penstock.sensors.reading.PlantText;
import io.penstock.sensors.reading.RejectReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * A format whose payloads may be compressed. More than the bound never comes out, whatever a header promises.
 *
 * @param inner what the content is read as
 * @param compression how it is compressed, or how that is found out
 * @param largestBytes the largest content
 */
public record Compressed(PayloadFormat inner, Compression compression, int largestBytes) implements PayloadFormat {
    public enum Compression {
        /**
         * As the user property {@code content_encoding} or the content type says, else by the first bytes. Those are not
         * looked at for binary waveforms: there they may be samples; in no other format can they begin a payload.
         */
        AUTO,
        GZIP,
        ZSTD
    }

    private enum Content {
        PLAIN,
        GZIP,
        ZSTD
    }

    private static final String ENCODING_PROPERTY = "content_encoding";
    private static final int ZSTD_MAGIC = 0xFD2FB528;
    // RFC 8878: no block holds more, and each takes at least three bytes of header
    private static final int ZSTD_LARGEST_BLOCK = 128 << 10;
    private static final int ZSTD_LEAST_BLOCK = 3;

    public Compressed {
        if (inner instanceof Compressed) {
            throw new IllegalArgumentException("a compressed format within a compressed one, expected it once");
        }
    }

    @Override
    public boolean namesChannels() {
        return inner.namesChannels();
    }

    @Override
    public PayloadOutcome decode(Origin origin, byte[] payload, MessageProperties properties, long receivedMicros) {
        try {
            byte[] content = switch (content(payload, properties)) {
                case PLAIN -> payload;
                case GZIP -> gunzip(payload);
                case ZSTD -> unzstd(payload);
            };
            return inner.decode(origin, content, properties, receivedMicros);
        } catch (UnusablePayload e) {
            return e.outcome();
        }
    }

    private Content content(byte[] payload, MessageProperties properties) throws UnusablePayload {
        return switch (compression) {
            case GZIP -> Content.GZIP;
            case ZSTD -> Content.ZSTD;
            case AUTO -> properties == MessageProperties.NONE ? sniffed(payload) : named(payload, properties);
        };
    }

    private Content named(byte[] payload, MessageProperties properties) throws UnusablePayload {
        String encoding = properties.user(ENCODING_PROPERTY);
        if (encoding != null) {
            return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
                case "gzip", "x-gzip" -> Content.GZIP;
                case "zstd" -> Content.ZSTD;
                case "", "identity" -> Content.PLAIN;
                default ->
                    throw new UnusablePayload(
                            RejectReason.COMPRESSION,
                            ENCODING_PROPERTY + " is " + PlantText.quoted(encoding) + ", expected gzip or zstd");
            };
        }
        String type = properties.contentType().toLowerCase(Locale.ROOT);
        if (type.endsWith("gzip")) {
            return Content.GZIP;
        }
        return type.endsWith("zstd") ? Content.ZSTD : sniffed(payload);
    }

    private Content sniffed(byte[] payload) {
        if (payload.length < 4 || inner instanceof Binary) {
            return Content.PLAIN;
        }
        if (payload[0] == 0x1F && payload[1] == (byte) 0x8B) {
            return Content.GZIP;
        }
        int first = payload[0] & 0xFF | (payload[1] & 0xFF) << 8 | (payload[2] & 0xFF) << 16 | payload[3] << 24;
        return first == ZSTD_MAGIC ? Content.ZSTD : Content.PLAIN;
    }

    private byte[] gunzip(byte[] payload) throws UnusablePayload {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(payload))) {
            byte[] content = in.readNBytes(largestBytes + 1);
            if (content.length > largestBytes) {
                throw tooLarge(payload);
            }
            return content;
        } catch (IOException e) {
            throw new UnusablePayload(RejectReason.COMPRESSION, "expected gzip content: " + e.getMessage());
        }
    }

    private byte[] unzstd(byte[] payload) throws UnusablePayload {
        try {
            long promised = ZstdDecompressor.getDecompressedSize(payload, 0, payload.length);
            if (promised > largestBytes) {
                throw tooLarge(payload);
            }
            long possible = (long) (payload.length / ZSTD_LEAST_BLOCK + 1) * ZSTD_LARGEST_BLOCK;
            int bound = (int) Math.min(possible, promised >= 0 ? promised : largestBytes);
            byte[] content = new byte[bound];
            int length = new ZstdDecompressor().decompress(payload, 0, payload.length, content, 0, bound);
            return length == bound ? content : Arrays.copyOf(content, length);
        } catch (MalformedInputException e) {
            throw new UnusablePayload(
                    RejectReason.COMPRESSION,
                    "expected zstd content of at most " + largestBytes + " bytes: " + e.getMessage());
        } catch (RuntimeException e) {
            // the library says of some broken content only that an index or an argument is wrong
            throw new UnusablePayload(RejectReason.COMPRESSION, "expected zstd content: " + e);
        }
    }

    private UnusablePayload tooLarge(byte[] payload) {
        return new UnusablePayload(
                RejectReason.SIZE,
                payload.length + " compressed bytes hold more than " + largestBytes + ", expected at most so many");
    }
}
