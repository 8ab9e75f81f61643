package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Our bytes on their way to the broker: Paho's packets as it writes them, and between them the acknowledgements of what was saved,
 * as many in one write as have come together. Paho would carry each through a queue to its sender's thread and write it alone.
 *
 * <p>A packet of Paho's ends with its flush, as its sender does it; an acknowledgement never gets into the middle of one.
 * <pre>
 *  PUBACK  0x40 | 2 | packet id (u16)      in MQTT 5 a left out reason means success
 * </pre>
 */
final class PacketOutput extends OutputStream {
    private static final int PUBACK = 0x40;
    private static final int PUBACK_BYTES = 4;
    private static final long PACKET_NANOS = 1_000_000;

    private final OutputStream out;
    private final Consumer<IOException> failed;
    private final ReentrantLock writing = new ReentrantLock();
    private boolean inPacket;
    private final Object gathering = new Object();
    private byte[] gathered = new byte[1024];
    private byte[] spare = new byte[1024];
    private int bytes;
    private volatile boolean closed;
    private final Thread writer;

    /** @param failed told once when acknowledgements cannot be written any more */
    PacketOutput(OutputStream out, Consumer<IOException> failed) {
        this.out = out;
        this.failed = failed;
        this.writer = Thread.ofVirtual().name("mqtt-acknowledge").start(this::writeGathered);
    }

    /** Any thread; never waits for the network. Past {@link #close} it does nothing. */
    void acknowledge(int id) {
        boolean first;
        synchronized (gathering) {
            if (closed) {
                return;
            }
            if (bytes + PUBACK_BYTES > gathered.length) {
                // at most one for each message under way, so the broker's receive maximum bounds it
                gathered = Arrays.copyOf(gathered, gathered.length * 2);
            }
            gathered[bytes] = PUBACK;
            gathered[bytes + 1] = PUBACK_BYTES - 2;
            gathered[bytes + 2] = (byte) (id >> 8);
            gathered[bytes + 3] = (byte) id;
            first = bytes == 0;
            bytes += PUBACK_BYTES;
        }
        if (first) {
            LockSupport.unpark(writer);
        }
    }

    private void writeGathered() {
        while (!closed) {
            boolean none;
            synchronized (gathering) {
                none = bytes == 0;
            }
            if (none) {
                LockSupport.park(this);
                continue;
            }
            if (!wrote()) {
                // the end of Paho's packet takes them along
                LockSupport.parkNanos(PACKET_NANOS);
            }
        }
    }

    /** Returns false in the middle of a packet. */
    private boolean wrote() {
        writing.lock();
        try {
            if (!inPacket) {
                putAcknowledgements();
            }
            return !inPacket;
        } catch (IOException e) {
            if (!closed) {
                closed = true;
                failed.accept(e);
            }
            return true;
        } finally {
            writing.unlock();
        }
    }

    /** Holds {@link #writing}. */
    private void putAcknowledgements() throws IOException {
        byte[] now;
        int length;
        synchronized (gathering) {
            now = gathered;
            length = bytes;
            gathered = spare;
            spare = now;
            bytes = 0;
        }
        if (length > 0) {
            out.write(now, 0, length);
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        writing.lock();
        try {
            inPacket = true;
            out.write(from, offset, length);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void flush() throws IOException {
        writing.lock();
        try {
            inPacket = false;
            putAcknowledgements();
            out.flush();
        } finally {
            writing.unlock();
        }
    }

    /** Gathered acknowledgements that are not written yet are dropped: their messages come again. */
    @Override
    public void close() throws IOException {
        release();
        out.close();
    }

    /** Lets the writer's thread end; the socket is another's. */
    void release() {
        closed = true;
        LockSupport.unpark(writer);
    }
}
