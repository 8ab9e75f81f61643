package io.penstock.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Which start of the machine this is: in one, the monotonic clock goes on from process to process. */
final class MachineBoot {
    private static final Path ID = Path.of("/proc/sys/kernel/random/boot_id");

    private MachineBoot() {}

    /** The kernel's name of it; where there is none, one for this process alone. */
    static String name() {
        try {
            return Files.readString(ID).strip();
        } catch (IOException e) {
            return UUID.randomUUID().toString();
        }
    }
}
