package io.penstock.daemon.uplink.modem;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** A modem behind a terminal server that passes bytes on as they are (raw TCP, no telnet). */
public final class TcpLine implements ModemLine {
    private static final int CONNECT_MILLIS = 5_000;

    private final Socket socket;

    public TcpLine(String host, int port) throws IOException {
        socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
        } catch (IOException e) {
            socket.close();
            throw new IOException("connect to the terminal server " + host + ":" + port + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    @Override
    public int read(Duration patience) throws IOException {
        try {
            socket.setSoTimeout((int) Math.max(1, patience.toMillis()));
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the terminal server has closed the connection");
            }
            return next;
        } catch (SocketTimeoutException e) {
            return -1;
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("close the connection to the terminal server", e);
        }
    }
}
