package io.penstock.daemon.cli;

/** What the process says at its end; systemd does not restart on {@link #CONFIGURATION}. */
public final class ExitCode {
    public static final int DONE = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;
    public static final int CONFIGURATION = 3;
    public static final int NOTHING_FOUND = 4;

    private ExitCode() {}
}
