package io.penstock.daemon.uplink;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Frames one behind the other: a CBOR sequence (RFC 8742) of arrays. */
public final class FrameSequence {
    private static final CBORFactory CBOR = new CBORFactory();

    private FrameSequence() {}

    /**
     * The frames; what is behind the last whole one, and is none, comes as a last piece, for the receiver to refuse and count.
     *
     * @param most pieces at most; what is behind them is the last one
     */
    public static List<byte[]> split(byte[] bytes, int most) {
        List<byte[]> frames = new ArrayList<>();
        int from = 0;
        try (CBORParser in = CBOR.createParser(bytes)) {
            while (frames.size() < most - 1 && in.nextToken() == JsonToken.START_ARRAY) {
                in.skipChildren();
                if (in.currentToken() != JsonToken.END_ARRAY) {
                    break;
                }
                int end = (int) in.currentLocation().getByteOffset();
                frames.add(Arrays.copyOfRange(bytes, from, end));
                from = end;
            }
        } catch (IOException e) {
            // what is left is no CBOR: it is the last piece
        }
        if (from < bytes.length || frames.isEmpty()) {
            frames.add(Arrays.copyOfRange(bytes, from, bytes.length));
        }
        return frames;
    }
}
