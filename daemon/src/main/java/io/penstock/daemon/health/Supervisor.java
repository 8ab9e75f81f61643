package io.penstock.daemon.health;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd how the daemon is, by the sd_notify(3) protocol: datagrams to the UNIX socket named in {@code NOTIFY_SOCKET}. The
 * JDK has no UNIX datagrams, so three functions of the C library are called directly. Without that variable nothing is done.
 */
public final class Supervisor {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int LONGEST_PATH = 107;

    private final @Nullable String socket;
    private final @Nullable String watchdogMicros;

    public Supervisor(Map<String, String> environment) {
        this.socket = environment.get("NOTIFY_SOCKET");
        this.watchdogMicros = environment.get("WATCHDOG_USEC");
    }

    public void ready(String status) {
        send("READY=1\nSTATUS=" + status);
    }

    /** The configuration is taken up anew; {@link #ready} says that it is done. */
    public void reloading() {
        // systemd wants its own monotonic clock, which System.nanoTime reads on Linux
        send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1_000);
    }

    public void stopping() {
        send("STOPPING=1");
    }

    /** A sign of life; send one at least every {@link #watchdog} / 2. */
    public void alive(String status) {
        send("WATCHDOG=1\nSTATUS=" + status);
    }

    /** How long systemd waits for a sign of life, where it waits for one. */
    public Optional<Duration> watchdog() {
        if (watchdogMicros == null || !watchdogMicros.matches("[1-9][0-9]{0,17}")) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Math.multiplyExact(Long.parseLong(watchdogMicros), 1_000L)));
    }

    private void send(String message) {
        if (socket == null || socket.isEmpty()) {
            return;
        }
        byte[] path = socket.getBytes(StandardCharsets.UTF_8);
        if (path.length > LONGEST_PATH || (path[0] != '/' && path[0] != '@')) {
            throw new IllegalStateException("NOTIFY_SOCKET is '" + socket
                    + "', expected a path or an abstract @name of at" + " most " + LONGEST_PATH + " bytes");
        }
        if (path[0] == '@') {
            path[0] = 0;
        }
        Linker linker = Linker.nativeLinker();
        SymbolLookup libc = linker.defaultLookup();
        ValueLayout.OfInt i = ValueLayout.JAVA_INT;
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle open = call(linker, libc, "socket", FunctionDescriptor.of(i, i, i, i));
            MethodHandle sendto = call(
                    linker,
                    libc,
                    "sendto",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            i,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            i,
                            ValueLayout.ADDRESS,
                            i));
            MethodHandle close = call(linker, libc, "close", FunctionDescriptor.of(i, i));
            // struct sockaddr_un: sa_family_t (2 bytes), then the path
            MemorySegment address = arena.allocate(2 + LONGEST_PATH + 1L);
            address.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) AF_UNIX);
            MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, 2, path.length);
            byte[] text = message.getBytes(StandardCharsets.UTF_8);
            MemorySegment payload = arena.allocate(text.length);
            MemorySegment.copy(text, 0, payload, ValueLayout.JAVA_BYTE, 0, text.length);
            int fd = (int) open.invokeExact(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
            if (fd < 0) {
                throw new IllegalStateException("no UNIX datagram socket could be opened to tell systemd: " + message);
            }
            try {
                long sent = (long) sendto.invokeExact(fd, payload, (long) text.length, 0, address, 2 + path.length);
                if (sent != text.length) {
                    throw new IllegalStateException("systemd's socket " + socket + " took " + sent + " of "
                            + text.length + " bytes; is NotifyAccess=main set?");
                }
            } finally {
                int unused = (int) close.invokeExact(fd);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("calling the C library failed", e);
        }
    }

    private static MethodHandle call(Linker linker, SymbolLookup libc, String name, FunctionDescriptor type) {
        return linker.downcallHandle(
                libc.find(name).orElseThrow(() -> new IllegalStateException("the C library has no " + name)), type);
    }
}
