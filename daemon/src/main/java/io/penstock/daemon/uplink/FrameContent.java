package io.penstock.daemon.uplink;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a frame seals: a CBOR sequence (RFC 8742) of the frame's hour since 2026 and, for each summary, a byte string. */
public final class FrameContent {
    private static final CBORFactory CBOR = new CBORFactory();
    private static final int MINUTES = 60;

    private FrameContent() {}

    /**
     * The longest run of summaries, from the first on, that fits.
     *
     * @param summaries in the order of their importance, at least one
     * @param room bytes the content may take
     */
    public static Packed pack(SummaryCodec codec, List<Summary> summaries, int room) {
        Packed best = null;
        long first = Long.MAX_VALUE;
        long last = 0;
        for (int count = 1; count <= summaries.size(); count++) {
            first = Math.min(first, summaries.get(count - 1).minutes() / MINUTES);
            last = Math.max(last, summaries.get(count - 1).minutes() / MINUTES);
            if (last - first > SummaryCodec.MOST_HOURS) {
                // a clock was decades off: the rest goes in the next frame
                break;
            }
            byte[] content = content(codec, summaries.subList(0, count));
            if (content.length > room) {
                break;
            }
            best = new Packed(count, content);
        }
        if (best == null) {
            throw new IllegalArgumentException("no summary fits into " + room + " bytes");
        }
        return best;
    }

    /** @param count how many summaries are in it */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    public record Packed(int count, byte[] content) {}

    private static byte[] content(SummaryCodec codec, List<Summary> summaries) {
        long hour = summaries.stream().mapToLong(Summary::minutes).max().orElseThrow() / MINUTES;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = CBOR.createGenerator(bytes)) {
            out.writeNumber(hour);
            for (Summary summary : summaries) {
                out.writeBinary(codec.encode(summary, hour));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return bytes.toByteArray();
    }

    /** The summaries; empty where the content is none of ours, or of a dictionary this version does not have. */
    public static Optional<List<Summary>> unpack(SummaryCodec codec, byte[] content) {
        List<Summary> summaries = new ArrayList<>();
        try (CBORParser in = CBOR.createParser(content)) {
            if (in.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                return Optional.empty();
            }
            long hour = in.getLongValue();
            while (in.nextToken() == JsonToken.VALUE_EMBEDDED_OBJECT) {
                Optional<Summary> summary = codec.decode(in.getBinaryValue(), hour);
                if (summary.isEmpty()) {
                    return Optional.empty();
                }
                summaries.add(summary.get());
            }
            return in.currentToken() == null && !summaries.isEmpty() ? Optional.of(summaries) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
