package io.penstock.models.worker;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What the worker asks of the operating system about itself. */
final class ProcessTies {
    private static final int PR_SET_PDEATHSIG = 1;
    private static final long SIGKILL = 9;

    private ProcessTies() {}

    /**
     * Lets the kernel kill us when the thread that started us ends; the end of standard input does the same by other
     * means, so a refusal is only said.
     */
    static void dieWithParent() {
        try {
            MethodHandle prctl = call(
                    "prctl",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));
            int result = (int) prctl.invokeExact(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
            if (result != 0) {
                System.err.println("prctl(PR_SET_PDEATHSIG) returned " + result);
            }
        } catch (Throwable e) {
            System.err.println("prctl(PR_SET_PDEATHSIG): " + e);
        }
    }

    /**
     * Takes standard output for frames alone: file descriptor 1 is made a copy of standard error, so that not even
     * native code can write between two frames.
     */
    static OutputStream claimStandardOutput() throws IOException {
        int kept;
        try {
            MethodHandle dup = call("dup", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            MethodHandle dup2 = call(
                    "dup2", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            kept = (int) dup.invokeExact(1);
            if (kept >= 0 && (int) dup2.invokeExact(2, 1) < 0) {
                kept = -1;
            }
        } catch (Throwable e) {
            System.err.println("dup(stdout): " + e);
            kept = -1;
        }
        return kept < 0 ? new FileOutputStream(FileDescriptor.out) : new FileOutputStream("/proc/self/fd/" + kept);
    }

    private static MethodHandle call(String name, FunctionDescriptor signature, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        MemorySegment address = linker.defaultLookup().findOrThrow(name);
        return linker.downcallHandle(address, signature, options);
    }
}
