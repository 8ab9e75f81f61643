package io.penstock.daemon.uplink;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a frame seals: a CBOR sequence (RFC 8742) of the frame's hour since 2026 and its items.
 *
 * <pre>
 * h'..'                                                                        a summary, {@link SummaryCodec}
 * [1, minutes, uptime h, sources, down, readings, opened, waiting, not sent, free %, clock trusted, assets, h'states']
 * [2, asset, case number, version, part, of, h'bytes']                         a part of a case's evidence
 * [3, key id, counter, verdict]                                                what became of a command
 * [n, ...]                                                                     of a newer version: passed over
 * </pre>
 */
public final class FrameContent {
    private static final CBORFactory CBOR = new CBORFactory();
    private static final int MINUTES = 60;
    private static final int HEALTH = 1;
    private static final int SHEET_PART = 2;
    private static final int RECEIPT = 3;

    private FrameContent() {}

    /** As {@link #packItems}, of summaries alone. */
    public static Packed pack(SummaryCodec codec, List<Summary> summaries, int room) {
        return packItems(codec, summaries.stream().map(FrameItem.Told::new).toList(), room);
    }

    /**
     * The longest run of items, from the first on, that fits.
     *
     * @param items in the order of their importance, at least one
     * @param room bytes the content may take
     */
    public static Packed packItems(SummaryCodec codec, List<? extends FrameItem> items, int room) {
        Packed best = null;
        long first = Long.MAX_VALUE;
        long last = 0;
        for (int count = 1; count <= items.size(); count++) {
            if (items.get(count - 1) instanceof FrameItem.Told(Summary summary)) {
                first = Math.min(first, summary.minutes() / MINUTES);
                last = Math.max(last, summary.minutes() / MINUTES);
            }
            if (last - first > SummaryCodec.MOST_HOURS) {
                // a clock was decades off: the rest goes in the next frame
                break;
            }
            byte[] content = content(codec, items.subList(0, count), last);
            if (content.length > room) {
                break;
            }
            best = new Packed(count, content);
        }
        if (best == null) {
            throw new IllegalArgumentException("no item fits into " + room + " bytes");
        }
        return best;
    }

    /** @param count how many items are in it */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    public record Packed(int count, byte[] content) {}

    private static byte[] content(SummaryCodec codec, List<? extends FrameItem> items, long hour) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = CBOR.createGenerator(bytes)) {
            out.writeNumber(hour);
            for (FrameItem item : items) {
                if (item instanceof FrameItem.Told(Summary summary)) {
                    out.writeBinary(codec.encode(summary, hour));
                } else {
                    write(out, item);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return bytes.toByteArray();
    }

    /** An item that is no summary, by itself: so it waits in the queue. */
    static byte[] encode(FrameItem item) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = CBOR.createGenerator(bytes)) {
            write(out, item);
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return bytes.toByteArray();
    }

    private static void write(CBORGenerator out, FrameItem item) throws IOException {
        switch (item) {
            case FrameItem.Health(NodeHealth h) -> {
                numbers(
                        out,
                        13,
                        HEALTH,
                        h.minutes(),
                        h.uptimeHours(),
                        h.sources(),
                        h.sourcesDown(),
                        h.readings(),
                        h.opened(),
                        h.waiting(),
                        h.notSent(),
                        h.freePercent(),
                        h.clockTrusted() ? 1 : 0,
                        h.assets().size());
                out.writeBinary(h.states());
            }
            case FrameItem.SheetPart p -> {
                numbers(out, 7, SHEET_PART, p.asset(), p.caseNumber(), p.version(), p.part(), p.of());
                out.writeBinary(p.bytes());
            }
            case FrameItem.Receipt r ->
                numbers(out, 4, RECEIPT, r.keyId(), r.counter(), r.verdict().ordinal());
            case FrameItem.Told told -> throw new IllegalArgumentException("a summary is written with a frame's hour");
            case FrameItem.Unknown(int kind) -> throw new IllegalArgumentException("item of kind " + kind);
        }
        out.writeEndArray();
    }

    private static void numbers(CBORGenerator out, int size, long... numbers) throws IOException {
        out.writeStartArray(null, size);
        for (long number : numbers) {
            out.writeNumber(number);
        }
    }

    /** What a frame tells; empty where the content is none of ours, or of a dictionary this version does not have. */
    public static Optional<List<FrameItem>> items(SummaryCodec codec, byte[] content) {
        List<FrameItem> items = new ArrayList<>();
        try (CBORParser in = CBOR.createParser(content)) {
            if (in.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                return Optional.empty();
            }
            long hour = in.getLongValue();
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                Optional<? extends FrameItem> item = token == JsonToken.VALUE_EMBEDDED_OBJECT
                        ? codec.decode(in.getBinaryValue(), hour).map(FrameItem.Told::new)
                        : token == JsonToken.START_ARRAY ? Optional.of(read(in)) : Optional.empty();
                if (item.isEmpty()) {
                    return Optional.empty();
                }
                items.add(item.get());
            }
            return items.isEmpty() ? Optional.empty() : Optional.of(items);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** An item that waited in the queue. */
    static Optional<FrameItem> decode(byte[] item) {
        try (CBORParser in = CBOR.createParser(item)) {
            return in.nextToken() == JsonToken.START_ARRAY ? Optional.of(read(in)) : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** From an array's beginning to its end. */
    private static FrameItem read(CBORParser in) throws IOException {
        int kind = (int) number(in, 0xFFFF);
        FrameItem item = switch (kind) {
            case HEALTH -> health(in);
            case SHEET_PART ->
                new FrameItem.SheetPart(
                        (int) number(in, Summary.MOST_ASSETS - 1),
                        (int) number(in, Summary.CASE_NUMBERS - 1),
                        (int) number(in, Integer.MAX_VALUE),
                        (int) number(in, CaseSheet.MOST_PARTS),
                        (int) number(in, CaseSheet.MOST_PARTS),
                        binary(in));
            case RECEIPT ->
                new FrameItem.Receipt((int) number(in, 255), number(in, FrameSeal.MOST_FRAMES), verdict(in));
            default -> new FrameItem.Unknown(kind);
        };
        // what a newer version appends to an item is passed over, too
        int deep = 1;
        while (deep > 0) {
            JsonToken token = in.nextToken();
            if (token == null) {
                throw new IllegalArgumentException("the item does not end");
            }
            deep += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        }
        return item;
    }

    private static FrameItem health(CBORParser in) throws IOException {
        long minutes = number(in, NodeHealth.MOST);
        int uptime = (int) number(in, Integer.MAX_VALUE);
        int sources = (int) number(in, Integer.MAX_VALUE);
        int down = (int) number(in, Integer.MAX_VALUE);
        long readings = number(in, NodeHealth.MOST);
        int opened = (int) number(in, Integer.MAX_VALUE);
        int waiting = (int) number(in, Integer.MAX_VALUE);
        int notSent = (int) number(in, Integer.MAX_VALUE);
        int free = (int) number(in, Integer.MAX_VALUE);
        boolean trusted = number(in, 1) == 1;
        int assets = (int) number(in, Summary.MOST_ASSETS);
        return new FrameItem.Health(new NodeHealth(
                minutes,
                uptime,
                sources,
                down,
                readings,
                opened,
                waiting,
                notSent,
                free,
                trusted,
                NodeHealth.states(binary(in), assets)));
    }

    private static FrameItem.Verdict verdict(CBORParser in) throws IOException {
        FrameItem.Verdict[] all = FrameItem.Verdict.values();
        return all[(int) number(in, all.length - 1)];
    }

    private static long number(CBORParser in, long most) throws IOException {
        if (in.nextToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new IllegalArgumentException("no number");
        }
        long number = in.getLongValue();
        if (number < 0 || number > most) {
            throw new IllegalArgumentException("number " + number + " beyond " + most);
        }
        return number;
    }

    private static byte[] binary(CBORParser in) throws IOException {
        if (in.nextToken() != JsonToken.VALUE_EMBEDDED_OBJECT) {
            throw new IllegalArgumentException("no bytes");
        }
        return in.getBinaryValue();
    }
}
