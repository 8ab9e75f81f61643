package io.penstock.daemon.uplink.modem;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** The bytes to and from a modem. One thread, but for {@link #close}: another thread's ends a read with an exception. */
public interface ModemLine extends AutoCloseable {
    /**
     * Opens what a configuration names.
     *
     * @param at a device, or {@code tcp:HOST:PORT} of a terminal server
     * @param baud of a device
     * @throws IOException what is in the way and what to do
     */
    static ModemLine open(String at, int baud) throws IOException {
        String[] parts = at.split(":", 3);
        return parts.length == 3
                ? new TcpLine(parts[1], Integer.parseInt(parts[2]))
                : new SerialLine(Path.of(at), baud);
    }

    /** Writes all of it. */
    void write(byte[] bytes) throws IOException;

    /** The next byte, 0 to 255; -1 where none came in time. */
    int read(Duration patience) throws IOException;

    @Override
    void close();
}
