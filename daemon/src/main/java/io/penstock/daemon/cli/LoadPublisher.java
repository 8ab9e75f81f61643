package io.penstock.daemon.cli;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends readings to a broker on this machine at a given pace or as fast as they are acknowledged: QoS 1, each sent again after a lost
 * connection until the broker has it. Knows what it sent, and which of it is wild. A plain MQTT 3.1.1 sender of its own, because it must
 * cost little beside what is measured.
 */
final class LoadPublisher implements AutoCloseable {
    static final int CHANNELS = 64;
    /** From this reading of a channel on, its wild ones come. */
    static final int FIRST_WILD = 200;

    private static final int WINDOW = 1000;
    private static final int LEVEL = 20;
    private static final int WILD_SPREADS = 15;
    private static final int PUBACK = 4;
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final int port;
    private final int wildEvery;
    private final SplittableRandom random = new SplittableRandom(5);
    private final byte[][] underWay = new byte[WINDOW][];
    private final long[] lastMillis = new long[CHANNELS];
    private final Map<String, Long> sent = new ConcurrentHashMap<>();
    private final Map<String, Long> wild = new ConcurrentHashMap<>();
    private long count;
    private int unanswered;
    private boolean down = true;
    private boolean closed;
    private Socket socket = new Socket();
    private OutputStream out = OutputStream.nullOutputStream();

    /**
     * @param port of the broker, on the loopback interface
     * @param wildEvery one reading in so many of a channel stands 15 deviations off
     */
    LoadPublisher(int port, int wildEvery) {
        this.port = port;
        this.wildEvery = wildEvery;
    }

    static String asset(int unit) {
        return "plant/unit" + unit + "/sensor";
    }

    private static String channel(int number) {
        return asset(number / 8) + "/s" + number % 8;
    }

    /** Readings sent: {@code channel@micros} with when, by {@link System#nanoTime}. */
    Map<String, Long> sent() {
        return sent;
    }

    /** The wild ones of {@link #sent}. */
    Map<String, Long> wild() {
        return wild;
    }

    /**
     * Sends readings and returns when the broker has them all.
     *
     * @param perSecond pace; 0: as fast as the broker answers
     */
    void send(int readings, double perSecond) throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < readings; i++) {
            if (perSecond > 0) {
                long due = start + (long) (i / perSecond * 1e9);
                if (due > System.nanoTime()) {
                    flush();
                    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                        LockSupport.parkNanos(left);
                    }
                }
            }
            publish(next());
        }
        drain();
    }

    private record Message(String topic, String text) {}

    private Message next() {
        int channel = (int) (count % CHANNELS);
        long number = count / CHANNELS;
        count++;
        long millis = Math.max(System.currentTimeMillis(), lastMillis[channel] + 1);
        lastMillis[channel] = millis;
        boolean isWild = number >= FIRST_WILD && (number + 7L * channel) % wildEvery == 0;
        double value = LEVEL + channel + (isWild ? WILD_SPREADS : random.nextGaussian());
        String key = channel(channel) + "@" + millis * 1_000;
        long now = System.nanoTime();
        sent.put(key, now);
        if (isWild) {
            wild.put(key, now);
        }
        String text = "{\"ts\":" + millis + ",\"value\":" + Math.round(value * 1e4) / 1e4 + ",\"seq\":" + number + "}";
        return new Message(channel(channel), text);
    }

    private synchronized void publish(Message message) throws IOException {
        int slot = (int) (count % WINDOW);
        while (underWay[slot] != null || down) {
            if (down) {
                connectAgain();
            } else {
                flush();
                await();
            }
        }
        byte[] packet = packet(message, slot + 1);
        underWay[slot] = packet;
        unanswered++;
        write(packet);
    }

    private static byte[] packet(Message message, int id) {
        byte[] topic = message.topic().getBytes(StandardCharsets.UTF_8);
        byte[] text = message.text().getBytes(StandardCharsets.UTF_8);
        int length = 2 + topic.length + 2 + text.length;
        if (length > 127) {
            throw new IllegalArgumentException("a message of " + length + " bytes, expected at most 127");
        }
        byte[] packet = new byte[2 + length];
        packet[0] = 0x32;
        packet[1] = (byte) length;
        packet[3] = (byte) topic.length;
        System.arraycopy(topic, 0, packet, 4, topic.length);
        packet[4 + topic.length] = (byte) (id >> 8);
        packet[5 + topic.length] = (byte) id;
        System.arraycopy(text, 0, packet, 6 + topic.length, text.length);
        return packet;
    }

    private void write(byte[] packet) {
        try {
            out.write(packet);
        } catch (IOException e) {
            down = true;
        }
    }

    private synchronized void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            down = true;
        }
    }

    private void await() throws IOException {
        try {
            wait(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while readings were sent", e);
        }
    }

    private synchronized void drain() throws IOException {
        while (unanswered > 0) {
            if (down) {
                connectAgain();
            }
            flush();
            if (unanswered > 0 && !down) {
                await();
            }
        }
    }

    /** Connects and sends again, in its old order, what was not answered. */
    private void connectAgain() throws IOException {
        long end = System.nanoTime() + CONNECT_NANOS;
        while (true) {
            try {
                connect();
                break;
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw new IOException("the broker on port " + port + " did not come back: " + e, e);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        down = false;
        for (int i = 1; i <= WINDOW; i++) {
            byte[] packet = underWay[(int) ((count + i) % WINDOW)];
            if (packet != null) {
                packet[0] |= 8;
                write(packet);
            }
        }
        flush();
    }

    private void connect() throws IOException {
        socket.close();
        Socket made = new Socket();
        made.setTcpNoDelay(true);
        made.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        socket = made;
        out = new BufferedOutputStream(made.getOutputStream(), 1 << 15);
        byte[] id = ("penstock-load-" + ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
        out.write(
                new byte[] {0x10, (byte) (12 + id.length), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, (byte) id.length});
        out.write(id);
        out.flush();
        DataInputStream in = new DataInputStream(made.getInputStream());
        in.readFully(new byte[4]);
        Thread.ofVirtual().name("load-answers").start(() -> answers(made, in));
    }

    private void answers(Socket of, DataInputStream in) {
        byte[] answer = new byte[4];
        try {
            while (true) {
                in.readFully(answer);
                if ((answer[0] & 0xFF) >> 4 == PUBACK) {
                    answered(((answer[2] & 0xFF) << 8 | answer[3] & 0xFF) - 1);
                }
            }
        } catch (IOException e) {
            synchronized (this) {
                down |= of == socket && !closed;
                notifyAll();
            }
        }
    }

    private synchronized void answered(int slot) {
        if (underWay[slot] != null) {
            underWay[slot] = null;
            unanswered--;
            notifyAll();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        socket.close();
    }
}
