package io.penstock.models.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What llama.cpp logs. Thousands of lines a load come through an upcall, on any thread; warnings and errors are kept, a
 * few, as the reason of the next failure. An exception thrown out of an upcall ends the process: nothing may leave.
 */
final class NativeLog {
    private static final int WARN = 3;
    private static final int KEPT_LINES = 8;
    private static final int LINE_CHARS = 240;

    private final Deque<String> lines = new ArrayDeque<>();

    /** Sets it as the library's log, for the life of the process. */
    void attach(LlamaLibrary library) {
        try {
            MemorySegment stub = Linker.nativeLinker()
                    .upcallStub(
                            MethodHandles.lookup()
                                    .findVirtual(
                                            NativeLog.class,
                                            "line",
                                            MethodType.methodType(
                                                    void.class, int.class, MemorySegment.class, MemorySegment.class))
                                    .bindTo(this),
                            FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS),
                            Arena.global());
            library.logSet.invokeExact(stub, MemorySegment.NULL);
        } catch (Throwable e) {
            throw LlamaLibrary.bug(e);
        }
    }

    /** Called by the library. */
    @SuppressWarnings("unused")
    void line(int level, MemorySegment text, MemorySegment userData) {
        try {
            if (level < WARN || level > WARN + 1) {
                return;
            }
            String line = text.reinterpret(Integer.MAX_VALUE).getString(0).strip();
            if (line.isEmpty()) {
                return;
            }
            synchronized (lines) {
                lines.addLast(line.length() <= LINE_CHARS ? line : line.substring(0, LINE_CHARS) + "...");
                if (lines.size() > KEPT_LINES) {
                    lines.removeFirst();
                }
            }
        } catch (Throwable mustNotLeaveAnUpcall) {
            // a lost log line is the smaller harm: the process would end here
        }
    }

    /** The lines since the last call, joined; empty when there were none. */
    String drain() {
        synchronized (lines) {
            String all = String.join("; ", lines);
            lines.clear();
            return all;
        }
    }
}
