package io.penstock.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The internet sockets of a process and its descendants, as Linux lists them: {@code /proc/PID/fd} and {@code /proc/PID/net}. */
final class OpenSockets {
    private static final int LISTEN = 0x0A;

    /** Everything seen so far: {@code tcp 127.0.0.1:1883}, {@code tcp listens on 0.0.0.0:80}, {@code udp 127.0.0.53:53}. */
    private final Set<String> seen = new TreeSet<>();

    Set<String> seen() {
        return Set.copyOf(seen);
    }

    /** One look; returns how many processes were looked at. */
    int look(ProcessHandle root) throws IOException {
        List<ProcessHandle> all = new java.util.ArrayList<>(root.descendants().toList());
        all.add(root);
        for (ProcessHandle process : all) {
            look(Path.of("/proc", Long.toString(process.pid())));
        }
        return all.size();
    }

    private void look(Path process) throws IOException {
        Set<String> inodes = inodes(process.resolve("fd"));
        for (String kind : List.of("tcp", "tcp6", "udp", "udp6", "raw", "raw6")) {
            for (String line : lines(process.resolve("net").resolve(kind))) {
                String[] f = line.strip().split("\\s+");
                // sl local rem st tx:rx tr:tm retrnsmt uid timeout inode
                if (f.length > 9 && !f[0].equals("sl") && inodes.contains(f[9])) {
                    String protocol = kind.replace("6", "");
                    boolean listens = Integer.parseInt(f[3], 16) == LISTEN;
                    seen.add(listens ? protocol + " listens on " + address(f[1]) : protocol + " " + address(f[2]));
                }
            }
        }
    }

    private static Set<String> inodes(Path descriptors) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
            for (Path one : all) {
                try {
                    String target = Files.readSymbolicLink(one).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring(8, target.length() - 1));
                    }
                } catch (NoSuchFileException e) {
                    // closed since the folder was listed
                    continue;
                }
            }
        } catch (NoSuchFileException e) {
            // the process ended since it was listed
            return Set.of();
        }
        return inodes;
    }

    private static List<String> lines(Path table) throws IOException {
        try {
            return Files.readAllLines(table);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** {@code 0100007F:0BB8} is 127.0.0.1:3000: each four bytes in the order of the machine, little endian. */
    private static String address(String hexadecimal) throws IOException {
        String[] parts = hexadecimal.split(":", 2);
        byte[] bytes = new byte[parts[0].length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            int from = (i / 4 * 4 + 3 - i % 4) * 2;
            bytes[i] = (byte) Integer.parseInt(parts[0].substring(from, from + 2), 16);
        }
        // a mapped address becomes the IPv4 address it stands for
        return InetAddress.getByAddress(bytes).getHostAddress() + ":" + Integer.parseInt(parts[1], 16);
    }
}
