package io.penstock.models.worker;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What goes over the worker's standard input and output, and nothing else does.
 *
 * <pre>
 *  0     1         2          4               8                 8+length
 *  +-----+---------+----------+---------------+-------------------+
 *  | 'P' | version | 0 (u16)  | length (u32)  | JSON, UTF-8       |
 *  +-----+---------+----------+---------------+-------------------+
 * </pre>
 *
 * Big-endian, version 1. Both sides come from one build, so a wrong version means that a stranger writes into the pipe:
 * it ends the worker. A length over {@link #MAX_BYTES} likewise.
 */
final class Frame {
    /** Longest JSON: a prompt of 128k tokens fits. */
    static final int MAX_BYTES = 4 << 20;

    private static final byte MARK = 'P';
    private static final byte VERSION = 1;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    private Frame() {}

    /** Writes one message and flushes; from any thread. */
    static void write(OutputStream out, Object message) throws IOException {
        byte[] json = JSON.writeValueAsBytes(message);
        if (json.length > MAX_BYTES) {
            throw new TooLong(json.length);
        }
        ByteBuffer frame = ByteBuffer.allocate(8 + json.length);
        frame.put(MARK).put(VERSION).putShort((short) 0).putInt(json.length).put(json);
        synchronized (out) {
            out.write(frame.array());
            out.flush();
        }
    }

    /**
     * Reads one message; null at the end of the stream.
     *
     * @throws IOException when what comes is no frame
     */
    static <T> @Nullable T read(DataInputStream in, Class<T> type) throws IOException {
        int mark = in.read();
        if (mark < 0) {
            return null;
        }
        byte version = in.readByte();
        short zero = in.readShort();
        int length = in.readInt();
        if (mark != MARK || version != VERSION || zero != 0) {
            throw new IOException("frame starts with " + mark + " " + version + " " + zero + ", expected " + MARK + " "
                    + VERSION + " 0: something else writes into the worker's pipe");
        }
        if (length < 0 || length > MAX_BYTES) {
            throw new IOException("frame claims " + length + " bytes, at most " + MAX_BYTES + " are allowed");
        }
        byte[] json = new byte[length];
        try {
            in.readFully(json);
        } catch (EOFException e) {
            throw new IOException("the stream ended inside a frame of " + length + " bytes", e);
        }
        return JSON.readValue(json, type);
    }

    /** A message over {@link #MAX_BYTES}; nothing was written. */
    static final class TooLong extends IOException {
        private static final long serialVersionUID = 1L;

        TooLong(int bytes) {
            super("the message has " + bytes + " bytes, at most " + MAX_BYTES + " are allowed");
        }
    }
}
