package io.penstock.models.store;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Plain files by name, in a folder, a tar or a zip. Nothing of it is trusted: a name is a plain name, each stands there once, and what
 * is no plain file is refused. No entry becomes a path here: who reads names what is wanted.
 */
sealed interface Bundle extends Closeable {
    /** Entries a bundle may have. */
    int MOST_ENTRIES = 64;

    /** Opens what lies there. */
    static Bundle open(Path path) throws ImportRefused, IOException {
        if (Files.isDirectory(path)) {
            return new Folder(path);
        }
        if (!Files.isRegularFile(path)) {
            throw new ImportRefused("bundle " + path + " is not there; is the stick mounted?");
        }
        byte[] first = new byte[4];
        try (InputStream in = Files.newInputStream(path)) {
            in.readNBytes(first, 0, 4);
        }
        if (first[0] == 'P' && first[1] == 'K') {
            return Zip.of(path);
        }
        return Tar.of(path);
    }

    /**
     * The file of that name.
     *
     * @throws ImportRefused when there is none, or it is no plain file
     */
    InputStream stream(String name) throws ImportRefused, IOException;

    /** The first entry that is none of these; empty when there is none, and for a folder, where others may lie. */
    String stranger(java.util.Set<String> known);

    private static ImportRefused missing(Path path, String name) {
        return new ImportRefused("bundle " + path + " holds no file " + name);
    }

    /** A folder of a stick. */
    record Folder(Path path) implements Bundle {
        @Override
        public InputStream stream(String name) throws ImportRefused, IOException {
            Path file = path.resolve(name);
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw missing(path, name);
            }
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new ImportRefused("bundle " + path + ": " + name + " is a link or no plain file");
            }
            return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        public String stranger(java.util.Set<String> known) {
            return "";
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    /** A zip. An entry that is a link holds its target's path and fails its checksum: it is only ever read as bytes. */
    record Zip(Path path, ZipFile zip) implements Bundle {
        static Zip of(Path path) throws ImportRefused, IOException {
            ZipFile zip;
            try {
                zip = new ZipFile(path.toFile());
            } catch (ZipException e) {
                throw new ImportRefused(
                        "bundle " + path + " is a damaged zip (" + e.getMessage() + "); copy it again", e);
            }
            Map<String, Boolean> seen = new LinkedHashMap<>();
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                String name = all.nextElement().getName();
                if (seen.size() == MOST_ENTRIES || seen.put(name, true) != null || !Tar.plain(name)) {
                    zip.close();
                    throw Tar.notPlain(path, name);
                }
            }
            return new Zip(path, zip);
        }

        @Override
        public InputStream stream(String name) throws ImportRefused, IOException {
            ZipEntry entry = zip.getEntry(name);
            if (entry == null) {
                throw missing(path, name);
            }
            return zip.getInputStream(entry);
        }

        @Override
        public String stranger(java.util.Set<String> known) {
            return zip.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> !known.contains(name))
                    .findFirst()
                    .orElse("");
        }

        @Override
        public void close() throws IOException {
            zip.close();
        }
    }

    /**
     * An uncompressed tar (ustar or old GNU): 512-byte heads with name, size in octal and kind, each followed by its bytes, padded to 512.
     * Plain files alone; links, folders and extended heads are refused.
     */
    record Tar(Path path, FileChannel channel, Map<String, long[]> places) implements Bundle {
        private static final int BLOCK = 512;
        private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._+()\\[\\]-]{0,99}");

        static boolean plain(String name) {
            return PLAIN_NAME.matcher(name).matches();
        }

        static ImportRefused notPlain(Path path, String name) {
            String shown = name.replaceAll("[^ -~]", "?");
            return new ImportRefused(
                    "bundle " + path + " holds the entry \""
                            + shown.substring(0, Math.min(80, shown.length())) + "\": expected at most " + MOST_ENTRIES
                            + " plain files in no folder, each once; pack it as 'tar -C FOLDER -cf BUNDLE.tar --format=ustar FILES'");
        }

        static Tar of(Path path) throws ImportRefused, IOException {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return new Tar(path, channel, places(path, channel));
            } catch (ImportRefused | IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        }

        private static Map<String, long[]> places(Path path, FileChannel channel) throws ImportRefused, IOException {
            Map<String, long[]> places = new LinkedHashMap<>();
            long size = channel.size();
            long at = 0;
            while (at + BLOCK <= size) {
                ByteBuffer block = ByteBuffer.allocate(BLOCK);
                while (block.hasRemaining() && channel.read(block, at + block.position()) >= 0) {}
                byte[] head = block.array();
                if (head[0] == 0) {
                    break;
                }
                if (octal(head, 148, 8) != checksum(head)) {
                    throw new ImportRefused(
                            "bundle " + path + " is no folder, zip or plain tar, or is damaged at byte " + at);
                }
                String name = name(head);
                long length = octal(head, 124, 12);
                boolean file = head[156] == '0' || head[156] == 0;
                if (!file || !plain(name) || places.size() == MOST_ENTRIES || places.containsKey(name)) {
                    throw notPlain(path, file ? name : name + " (kind " + (char) head[156] + ")");
                }
                if (length < 0 || length > size - at - BLOCK) {
                    throw new ImportRefused("bundle " + path + " ends inside " + name + "; copy it again");
                }
                places.put(name, new long[] {at + BLOCK, length});
                at += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
            }
            return places;
        }

        private static String name(byte[] head) {
            int end = 0;
            while (end < 100 && head[end] != 0) {
                end++;
            }
            String name = new String(head, 0, end, StandardCharsets.ISO_8859_1);
            boolean prefixed = head[257] == 'u' && head[262] == 0 && head[345] != 0;
            return prefixed ? "prefix/" + name : name.startsWith("./") ? name.substring(2) : name;
        }

        /** A number in octal digits, or in base 256 where the first bit is set; below 0 where it is neither. */
        private static long octal(byte[] head, int from, int length) {
            if ((head[from] & 0x80) != 0) {
                return ByteBuffer.wrap(head, from + length - 8, 8).getLong();
            }
            String digits = new String(head, from, length, StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ')
                    .strip();
            return digits.matches("[0-7]{1,15}") ? Long.parseLong(digits, 8) : -1;
        }

        private static long checksum(byte[] head) {
            long sum = 0;
            for (int i = 0; i < BLOCK; i++) {
                sum += i >= 148 && i < 156 ? ' ' : head[i] & 0xff;
            }
            return sum;
        }

        @Override
        public InputStream stream(String name) throws ImportRefused, IOException {
            long[] place = places.get(name);
            if (place == null) {
                throw missing(path, name);
            }
            if (place[1] == 0) {
                return new ByteArrayInputStream(new byte[0]);
            }
            channel.position(place[0]);
            return new Bounded(Channels.newInputStream(channel), place[1]);
        }

        @Override
        public String stranger(java.util.Set<String> known) {
            return places.keySet().stream()
                    .filter(name -> !known.contains(name))
                    .findFirst()
                    .orElse("");
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** So many bytes of a stream; closing it leaves the stream open. */
    final class Bounded extends InputStream {
        private final InputStream in;
        private long left;

        Bounded(InputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                return -1;
            }
            left--;
            return in.read();
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int got = in.read(to, from, (int) Math.min(length, left));
            left -= Math.max(0, got);
            return got;
        }
    }
}
