package io.penstock.daemon.uplink.modem;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A serial device of Linux: 8 bits, no parity, one stop bit, no flow control, nothing translated; as {@code stty raw clocal -crtscts}
 * sets it. By the C library itself ({@code termios}): Java has no serial port.
 */
public final class SerialLine implements ModemLine {
    private static final int INT = 4;
    private static final ValueLayout.OfInt JINT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong JLONG = ValueLayout.JAVA_LONG;
    private static final AddressLayout PTR = ValueLayout.ADDRESS;

    // fcntl.h, poll.h and termios.h of Linux, the same on x86-64 and arm64
    private static final int READ_WRITE_NO_TTY_NO_BLOCK = 0x2 | 0x100 | 0x800;
    private static final int POLL_IN = 1;
    private static final int POLL_OUT = 4;
    private static final int CFLAG_AT = 2 * INT;
    private static final int CC_AT = 4 * INT + 1;
    private static final int V_TIME = 5;
    private static final int V_MIN = 6;
    private static final int TERMIOS_BYTES = 64;
    private static final int CREAD_CLOCAL = 0x80 | 0x800;
    private static final int HUPCL_CRTSCTS = 0x400 | 0x8000_0000;
    private static final int NOW = 0;
    private static final int IN_AND_OUT = 2;
    private static final int AGAIN = 11;
    private static final int INTERRUPTED = 4;
    /** A read looks this often whether the line was closed. */
    private static final int SLICE_MILLIS = 200;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_VALUE = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    /** Bound where a serial line is opened, not before. */
    private static final class C {
        static final MethodHandle OPEN = call("open", FunctionDescriptor.of(JINT, PTR, JINT));
        static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JINT, JINT));
        static final MethodHandle READ = call("read", FunctionDescriptor.of(JLONG, JINT, PTR, JLONG));
        static final MethodHandle WRITE = call("write", FunctionDescriptor.of(JLONG, JINT, PTR, JLONG));
        static final MethodHandle POLL = call("poll", FunctionDescriptor.of(JINT, PTR, JLONG, JINT));
        static final MethodHandle TCGETATTR = call("tcgetattr", FunctionDescriptor.of(JINT, JINT, PTR));
        static final MethodHandle TCSETATTR = call("tcsetattr", FunctionDescriptor.of(JINT, JINT, JINT, PTR));
        static final MethodHandle TCFLUSH = call("tcflush", FunctionDescriptor.of(JINT, JINT, JINT));
        static final MethodHandle CFMAKERAW = call("cfmakeraw", FunctionDescriptor.ofVoid(PTR));
        static final MethodHandle CFSETSPEED = call("cfsetspeed", FunctionDescriptor.of(JINT, PTR, JINT));

        private static MethodHandle call(String name, FunctionDescriptor as) {
            return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), as, ERRNO);
        }
    }

    private final String name;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = arena.allocate(STATE);
    private final MemorySegment poll = arena.allocate(2 * INT, INT);
    private final MemorySegment buffer = arena.allocate(512);
    private final int fd;
    private int have;
    private int taken;
    private volatile boolean closing;
    private boolean closed;

    /**
     * @param baud one of the usual speeds, 1200 to 230400
     * @throws IOException when it is not there, is none, or may not be used: what to do
     */
    public SerialLine(Path device, int baud) throws IOException {
        this.name = device.toString();
        int opened = -1;
        try {
            if (!Files.exists(device)) {
                throw new IOException("open the modem at " + device + ": there is no such device; is it plugged in?");
            }
            opened = (int) C.OPEN.invokeExact(state, arena.allocateFrom(name), READ_WRITE_NO_TTY_NO_BLOCK);
            if (opened < 0) {
                throw failed("open the modem", "; is the service's user in the group dialout?");
            }
            fd = opened;
            raw(baud);
        } catch (Throwable e) {
            if (opened >= 0) {
                closeFile(opened);
            }
            arena.close();
            throw thrown(e);
        }
    }

    private void raw(int baud) throws Throwable {
        MemorySegment termios = arena.allocate(TERMIOS_BYTES, INT);
        if ((int) C.TCGETATTR.invokeExact(state, fd, termios) != 0) {
            throw failed("set up the modem", "; is it a serial device?");
        }
        C.CFMAKERAW.invokeExact(state, termios);
        if ((int) C.CFSETSPEED.invokeExact(state, termios, baud) != 0) {
            throw new IOException("set up the modem at " + name + ": it does not know " + baud + " baud");
        }
        int flags = termios.get(JINT, CFLAG_AT);
        termios.set(JINT, CFLAG_AT, (flags | CREAD_CLOCAL) & ~HUPCL_CRTSCTS);
        termios.set(ValueLayout.JAVA_BYTE, CC_AT + V_TIME, (byte) 0);
        termios.set(ValueLayout.JAVA_BYTE, CC_AT + V_MIN, (byte) 0);
        if ((int) C.TCSETATTR.invokeExact(state, fd, NOW, termios) != 0
                || (int) C.TCFLUSH.invokeExact(state, fd, IN_AND_OUT) != 0) {
            throw failed("set up the modem", "");
        }
    }

    @Override
    public synchronized void write(byte[] bytes) throws IOException {
        try (Arena own = Arena.ofConfined()) {
            MemorySegment all = own.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            long at = 0;
            while (at < bytes.length) {
                if (!ready(POLL_OUT, 10_000)) {
                    throw new IOException("write to the modem at " + name + ": it takes nothing for 10 s");
                }
                long count = (long) C.WRITE.invokeExact(state, fd, all.asSlice(at), bytes.length - at);
                if (count < 0 && !isPassing()) {
                    throw failed("write to the modem", "");
                }
                at += Math.max(0, count);
            }
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    @Override
    public synchronized int read(Duration patience) throws IOException {
        if (taken == have) {
            try {
                if (!ready(POLL_IN, patience.toMillis())) {
                    return -1;
                }
                long count = (long) C.READ.invokeExact(state, fd, buffer, buffer.byteSize());
                if (count == 0 || (count < 0 && !isPassing())) {
                    throw count == 0
                            ? new IOException("read from the modem at " + name + ": it is gone")
                            : failed("read from the modem", "; was it unplugged?");
                }
                taken = 0;
                have = (int) Math.max(0, count);
                if (have == 0) {
                    return -1;
                }
            } catch (Throwable e) {
                throw thrown(e);
            }
        }
        return buffer.get(ValueLayout.JAVA_BYTE, taken++) & 0xFF;
    }

    private boolean ready(int events, long millis) throws Throwable {
        long end = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; ; left = (end - System.nanoTime()) / 1_000_000) {
            if (closing) {
                throw new IOException("the line to the modem at " + name + " was closed");
            }
            poll.set(JINT, 0, fd);
            poll.set(ValueLayout.JAVA_SHORT, INT, (short) events);
            poll.set(ValueLayout.JAVA_SHORT, INT + 2, (short) 0);
            int found = (int) C.POLL.invokeExact(state, poll, 1L, (int) Math.clamp(left, 0, SLICE_MILLIS));
            if (found > 0) {
                return true;
            }
            if (found < 0 && !isPassing()) {
                throw failed("wait for the modem", "");
            }
            if (left <= 0) {
                return false;
            }
        }
    }

    private boolean isPassing() {
        int errno = errno();
        return errno == AGAIN || errno == INTERRUPTED;
    }

    private int errno() {
        return (int) ERRNO_VALUE.get(state, 0L);
    }

    private IOException failed(String what, String cure) {
        int errno = errno();
        String cause = switch (errno) {
            case 13 -> "permission denied";
            case 16 -> "another program has it";
            case 5, 6, 19 -> "the device does not answer";
            case 25 -> "it is no serial device";
            default -> "error " + errno;
        };
        return new IOException(what + " at " + name + ": " + cause + cure);
    }

    /** A downcall throws only what is a bug of ours. */
    private static IOException thrown(Throwable e) {
        return switch (e) {
            case IOException io -> io;
            case RuntimeException bug -> throw bug;
            case Error error -> throw error;
            default -> throw new IllegalStateException(e);
        };
    }

    private void closeFile(int file) {
        try {
            int left = (int) C.CLOSE.invokeExact(state, file);
            if (left != 0 && errno() != INTERRUPTED) {
                throw new IllegalStateException("close the modem at " + name + ": error " + errno());
            }
        } catch (Throwable e) {
            throw e instanceof RuntimeException bug ? bug : new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        closing = true;
        synchronized (this) {
            if (!closed) {
                closed = true;
                closeFile(fd);
                arena.close();
            }
        }
    }
}
