package io.penstock.sensors.mqtt;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The broker's bytes on their way to Paho: read from the socket in large pieces, and every plain PUBLISH (QoS 0 or 1, MQTT 5 without
 * properties, no larger than the buffer) handed straight to its receiver. Everything else goes on to Paho, which has the connection,
 * the session and the subscriptions. Paho alone reads three times from the socket for each packet, asks it for its available bytes,
 * and hands each message to another thread through a queue of ten: that was most of what receiving cost.
 *
 * <p>The packets' order is kept: behind a PUBLISH that Paho has to deliver, later ones wait for {@link #delivered}.
 * <pre>
 *  PUBLISH  0x3X (X: dup, QoS, retain) | remaining length, 1-4 bytes | topic length (u16), topic | packet id (u16), QoS 1 | 0 | payload
 * </pre>
 *
 * Read by one thread, Paho's receiver.
 */
final class PublishTap extends InputStream {
    private static final int BUFFER = 1 << 16;
    private static final int PUBLISH = 0x30;
    private static final int TYPE = 0xF0;
    private static final int TOPICS = 4096;
    private static final long DELIVERY_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Takes a message; may block, and with it the socket. */
    @FunctionalInterface
    interface Receiver {
        /** @param id to acknowledge; 0 at QoS 0 */
        void take(String topic, byte[] payload, boolean retained, int id);
    }

    private static final int SMALL = 4096;
    private static final long STEADY_NANOS = 4_000_000;
    private static final long GATHER_NANOS = 1_500_000;

    private final InputStream in;
    private final Receiver receiver;
    private final byte[] buffer = new byte[BUFFER];
    private int from;
    private int to;
    /** Bytes of the packet that Paho is reading, still to come. */
    private long passing;

    private boolean steady;
    private long readNanos = System.nanoTime();

    private final byte[][] topicBytes = new byte[TOPICS][];
    private final String[] topics = new String[TOPICS];

    private final Object deliveries = new Object();
    private long passed;
    private long delivered;

    PublishTap(InputStream in, Receiver receiver) {
        this.in = in;
        this.receiver = receiver;
    }

    /** Paho has delivered a PUBLISH that was passed on to it. */
    void delivered() {
        synchronized (deliveries) {
            delivered++;
            deliveries.notifyAll();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (passing == 0) {
            if (!nextPacket()) {
                fill();
            }
        }
        if (from == to) {
            fill();
        }
        int given = (int) Math.min(Math.min(length, passing), to - from);
        System.arraycopy(buffer, from, into, offset, given);
        from += given;
        passing -= given;
        return given;
    }

    /** What Paho may have at once; the socket is not asked, as that is a call into the system for each packet. */
    @Override
    public int available() {
        return (int) Math.min(passing, to - from);
    }

    /** Reads on; a time-out of the socket leaves everything as it is. */
    private void fill() throws IOException {
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        gather();
        int read = in.read(buffer, to, buffer.length - to);
        if (read < 0) {
            throw new EOFException("the broker closed the connection");
        }
        to += read;
        long now = System.nanoTime();
        steady = read < SMALL && now - readNanos < STEADY_NANOS;
        readNanos = now;
    }

    /** A steady stream of small packets is read a millisecond's worth at a time: each read costs more than its packet. */
    private void gather() {
        if (steady) {
            LockSupport.parkNanos(GATHER_NANOS);
        }
    }

    /**
     * Looks at the packet that begins at {@link #from}: takes it if it is a plain PUBLISH, otherwise lets it pass.
     *
     * @return false when more bytes are needed to tell
     */
    private boolean nextPacket() throws IOException {
        int at = from + 1;
        long length = 0;
        for (int shift = 0; ; shift += 7) {
            if (at >= to) {
                return false;
            }
            if (shift > 21) {
                // no packet: Paho says so
                passing = to - from;
                return true;
            }
            byte digit = buffer[at++];
            length |= (long) (digit & 0x7F) << shift;
            if (digit >= 0) {
                break;
            }
        }
        long whole = at - from + length;
        int type = buffer[from] & TYPE;
        if (type != PUBLISH) {
            passing = whole;
            return true;
        }
        if (whole <= BUFFER) {
            if (to - from < whole) {
                return false;
            }
            if (take(buffer[from], at, (int) (from + whole))) {
                from += (int) whole;
                return true;
            }
        }
        passed++;
        passing = whole;
        return true;
    }

    /** @return false when the packet is not a plain PUBLISH */
    private boolean take(int head, int start, int end) throws IOException {
        int qos = head >> 1 & 3;
        int name = start + 2;
        if (qos > 1 || name > end) {
            return false;
        }
        int nameLength = (buffer[start] & 0xFF) << 8 | buffer[start + 1] & 0xFF;
        int next = name + nameLength;
        int id = 0;
        if (nameLength == 0 || next + 2 * qos >= end) {
            return false;
        }
        if (qos == 1) {
            id = (buffer[next] & 0xFF) << 8 | buffer[next + 1] & 0xFF;
            next += 2;
        }
        if (buffer[next++] != 0 || (qos == 1 && id == 0)) {
            return false;
        }
        String topic = topic(name, nameLength);
        if (topic == null) {
            return false;
        }
        awaitDelivered();
        receiver.take(topic, Arrays.copyOfRange(buffer, next, end), (head & 1) != 0, id);
        return true;
    }

    private void awaitDelivered() throws IOException {
        if (passed == 0) {
            return;
        }
        synchronized (deliveries) {
            long end = System.nanoTime() + DELIVERY_PATIENCE_NANOS;
            while (delivered < passed) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new IOException("a message was not delivered within "
                            + TimeUnit.NANOSECONDS.toSeconds(DELIVERY_PATIENCE_NANOS) + " s");
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(deliveries, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("stopped while a message was delivered");
                }
            }
        }
    }

    /** The topic as text, from a table of the newest ones; null where it is not UTF-8. */
    private @Nullable String topic(int start, int length) {
        int hash = 1;
        for (int i = start; i < start + length; i++) {
            hash = 31 * hash + buffer[i];
        }
        int slot = (hash ^ hash >>> 16) & TOPICS - 1;
        byte[] known = topicBytes[slot];
        if (known != null && Arrays.equals(known, 0, known.length, buffer, start, start + length)) {
            return topics[slot];
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(buffer, start, length))
                    .toString();
            topicBytes[slot] = Arrays.copyOfRange(buffer, start, start + length);
            topics[slot] = text;
            return text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
