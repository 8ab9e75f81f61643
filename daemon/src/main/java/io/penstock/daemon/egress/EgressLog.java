package io.penstock.daemon.egress;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Every byte that left for the endpoint and came back, a JSON object a line, in a folder beside the store, a file a month
 * ({@code 2026-11.jsonl}, UTC), only ever appended to:
 *
 * <pre>
 * {"at":T,"kind":"question","n":7,"endpoint":...,"to":URL,"case":ID,"what":"label","reason":...,"aliases":{"P1":...},
 *  "overhead":4096,"money":0.01,"bytes":1834,"sha256":...,"body":"...","prev":HASH}
 * {"at":T,"kind":"answer","n":7,"ms":812,"failure":"","bytes":911,"sha256":...,"body":"...","prev":HASH}
 * </pre>
 *
 * A question is on the disk before its first byte leaves; where it cannot be written, nothing leaves. {@code prev} is the SHA-256 of
 * the line before, so a line that is changed or taken out shows. A line without its end was cut by a power failure before anything
 * left. Not thread-safe: one lane writes.
 */
public final class EgressLog {
    private static final String FIRST = "0".repeat(64);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private String previous = FIRST;
    private long number;
    /** Whether the last line may have been cut: then what is there is looked at before the next one. */
    private boolean cut;

    private EgressLog(Path folder) {
        this.folder = folder;
    }

    /** Where the log of a store is. */
    public static Path folder(Path store) {
        return store.resolveSibling(store.getFileName() + ".egress");
    }

    /** Goes on after what is there; makes the folder where it is missing. */
    static EgressLog open(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            force(Objects.requireNonNull(folder.toAbsolutePath().getParent()));
        }
        EgressLog log = new EgressLog(folder);
        log.goOn();
        return log;
    }

    /** Takes up the newest number and the hash of the last line there is; a month's file may have been made and hold nothing. */
    private void goOn() throws IOException {
        boolean last = true;
        for (Path file : files(folder).reversed()) {
            List<String> lines = lines(file);
            for (String line : lines) {
                number = Math.max(number, parsed(line).path("n").asLong(0));
            }
            if (last && !lines.isEmpty()) {
                last = false;
                previous = hash(lines.getLast().getBytes(StandardCharsets.UTF_8));
                end(file);
            }
            if (!last && number > 0) {
                break;
            }
        }
        cut = false;
    }

    /** A line that was cut gets its end, so that the next one stands by itself. */
    private static void end(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            if (size > 0 && channel.read(last, size - 1) == 1 && last.get(0) != '\n') {
                channel.write(ByteBuffer.wrap(new byte[] {'\n'}), size);
                channel.force(true);
            }
        }
    }

    /**
     * Notes a question that is about to leave.
     *
     * @param errand what it is about
     * @return its number, for the answer
     */
    long question(Instant at, Errand errand, byte[] body, int overhead, double money) throws IOException {
        if (cut) {
            goOn();
        }
        ObjectNode line = JSON.createObjectNode()
                .put("at", at.toString())
                .put("kind", "question")
                .put("n", number + 1)
                .put("endpoint", errand.endpoint())
                .put("to", errand.to())
                .put("case", errand.caseId())
                .put("what", errand.what())
                .put("reason", errand.reason());
        ObjectNode aliases = line.putObject("aliases");
        errand.aliases().forEach(aliases::put);
        line.put("overhead", overhead).put("money", money);
        append(at, withBody(line, body.length, body));
        return ++number;
    }

    /**
     * Notes what came back, or why nothing did.
     *
     * @param bytes that came; without an answer those of what was none
     */
    void answer(Instant at, long question, long millis, String failure, long bytes, byte[] body) throws IOException {
        if (cut) {
            goOn();
        }
        append(
                at,
                withBody(
                        JSON.createObjectNode()
                                .put("at", at.toString())
                                .put("kind", "answer")
                                .put("n", question)
                                .put("ms", millis)
                                .put("failure", failure),
                        bytes,
                        body));
    }

    /** What is no UTF-8 is noted as the text it is read as, and the hash is of that text: a server cannot make a line look changed. */
    private static ObjectNode withBody(ObjectNode line, long bytes, byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        return line.put("bytes", bytes)
                .put("sha256", hash(text.getBytes(StandardCharsets.UTF_8)))
                .put("body", text);
    }

    private void append(Instant at, ObjectNode line) throws IOException {
        byte[] text = line.put("prev", previous).toString().getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve(at.atOffset(ZoneOffset.UTC).toString().substring(0, 7) + ".jsonl");
        boolean fresh = Files.notExists(file);
        cut = true;
        try (FileChannel out = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = ByteBuffer.allocate(text.length + 1)
                    .put(text)
                    .put((byte) '\n')
                    .flip();
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        if (fresh) {
            force(folder);
        }
        previous = hash(text);
        cut = false;
    }

    /** A folder's names on disk. */
    private static void force(Path folder) throws IOException {
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    /**
     * A line as it is read back.
     *
     * @param file and the line's number in it, from 1
     * @param json the object; a missing node where the line is none
     * @param chained whether the line before it is the one that stood there when it was written
     */
    public record Line(Path file, int number, JsonNode json, boolean chained) {
        public boolean isQuestion() {
            return json.path("kind").asText("").equals("question");
        }

        /** Bytes on the way, with what a question costs beyond its body. */
        public long bytes() {
            return json.path("bytes").asLong(0) + json.path("overhead").asLong(0);
        }

        /** Whether the body is the one that was noted. */
        public boolean isWhole() {
            return json.isObject()
                    && hash(json.path("body").asText("").getBytes(StandardCharsets.UTF_8))
                            .equals(json.path("sha256").asText(""));
        }
    }

    /** Everything, oldest first; nothing where nothing ever left. */
    public static List<Line> read(Path folder) throws IOException {
        List<Line> all = new ArrayList<>();
        String previous = FIRST;
        for (Path file : files(folder)) {
            int number = 0;
            for (String line : lines(file)) {
                JsonNode json = parsed(line);
                boolean torn = !json.isObject();
                all.add(new Line(
                        file,
                        ++number,
                        json,
                        torn || json.path("prev").asText("").equals(previous)));
                previous = hash(line.getBytes(StandardCharsets.UTF_8));
            }
        }
        return all;
    }

    private static List<Path> files(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.getFileName().toString().matches("\\d{4}-\\d{2}\\.jsonl"))
                    .sorted()
                    .toList();
        }
    }

    /** A line that was cut within a character is a line all the same. */
    private static List<String> lines(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private static JsonNode parsed(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
