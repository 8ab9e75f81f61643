package io.penstock.daemon.uplink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A case's whole evidence for the link, sent only where it was asked for: CBOR, deflated (RFC 1951), cut into parts of a frame each.
 * Lines beyond the bound stay at home, the weakest first; how many there were goes along.
 */
public final class CaseSheet {
    /** Frames a sheet takes at most: 2 kB. */
    public static final int MOST_PARTS = 8;

    /** Bytes of a part: with its item's head and the longest counter it fits into a frame. */
    static final int PART_BYTES = 280;

    private static final int MOST_INFLATED = 65_536;
    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
    private static final ObjectMapper JSON = new ObjectMapper();

    private CaseSheet() {}

    /** @param asset place in the site's list */
    static List<FrameItem.SheetPart> of(CaseRecord record, int asset, int caseNumber) throws IOException {
        for (int lines = record.evidence().size(); ; lines = lines / 2) {
            byte[] sheet = deflated(CBOR.writeValueAsBytes(sheet(record, lines)));
            int of = Math.ceilDiv(sheet.length, PART_BYTES);
            if (of <= MOST_PARTS) {
                List<FrameItem.SheetPart> parts = new ArrayList<>();
                for (int part = 0; part < of; part++) {
                    int from = part * PART_BYTES;
                    parts.add(new FrameItem.SheetPart(
                            asset,
                            caseNumber,
                            record.version(),
                            part,
                            of,
                            Arrays.copyOfRange(sheet, from, Math.min(sheet.length, from + PART_BYTES))));
                }
                return parts;
            }
            if (lines == 0) {
                throw new IOException("the sheet of case " + record.id() + " takes " + sheet.length
                        + " bytes without a line of evidence");
            }
        }
    }

    private static ObjectNode sheet(CaseRecord record, int lines) {
        ObjectNode sheet = JSON.createObjectNode();
        sheet.put("case", record.id()).put("asset", record.asset()).put("version", record.version());
        sheet.put("opened_s", seconds(record.openedMicros())).put("updated_s", seconds(record.updatedMicros()));
        sheet.put("closed_s", seconds(record.closedMicros()));
        sheet.put("severity", record.severity().name().toLowerCase(Locale.ROOT));
        sheet.put("root", record.rootChannel()).put("lines", record.evidence().size());
        ArrayNode faults = sheet.putArray("faults");
        record.candidates().stream().limit(3).map(Candidate::fault).forEach(faults::add);
        ArrayNode evidence = sheet.putArray("evidence");
        List<EvidenceLine> strongest = new ArrayList<>(record.evidence());
        strongest.sort((a, b) -> Double.compare(b.strength(), a.strength()));
        for (EvidenceLine line : strongest.subList(0, lines)) {
            ObjectNode one = evidence.addObject();
            one.put("n", line.number()).put("symptom", line.symptom()).put("unit", line.unit());
            one.put("value", (float) line.value()).put("active", line.active());
            one.put("from_s", seconds(line.firstMicros())).put("to_s", seconds(line.lastMicros()));
            if (line.channel() != null) {
                one.put("channel", line.channel());
            }
            if (line.location() != null) {
                one.put("location", line.location());
            }
            if (Double.isFinite(line.limit())) {
                one.put("limit", (float) line.limit());
            }
            if (Double.isFinite(line.baseline())) {
                one.put("baseline", (float) line.baseline());
            }
        }
        return sheet;
    }

    private static long seconds(long micros) {
        return Math.floorDiv(micros, 1_000_000);
    }

    /**
     * The sheet as a JSON object; empty where parts are missing, or are of several sheets.
     *
     * @param parts of one asset, case number and version, in any order, repeated ones too
     */
    public static Optional<JsonNode> joined(List<FrameItem.SheetPart> parts) {
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        byte[][] bytes = new byte[parts.getFirst().of()][];
        for (FrameItem.SheetPart part : parts) {
            if (part.of() != bytes.length) {
                return Optional.empty();
            }
            bytes[part.part()] = part.bytes();
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] each : bytes) {
            if (each == null) {
                return Optional.empty();
            }
            all.writeBytes(each);
        }
        try {
            return Optional.of(CBOR.readTree(inflated(all.toByteArray())));
        } catch (IOException | DataFormatException e) {
            return Optional.empty();
        }
    }

    private static byte[] deflated(byte[] plain) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(plain);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] block = new byte[1_024];
            while (!deflater.finished()) {
                out.write(block, 0, deflater.deflate(block));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    private static byte[] inflated(byte[] packed) throws DataFormatException {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] block = new byte[1_024];
            while (!inflater.finished()) {
                int count = inflater.inflate(block);
                out.write(block, 0, count);
                if (out.size() > MOST_INFLATED || (count == 0 && !inflater.finished())) {
                    throw new DataFormatException("more than " + MOST_INFLATED + " bytes, or cut off");
                }
            }
            return out.toByteArray();
        } finally {
            inflater.end();
        }
    }
}
