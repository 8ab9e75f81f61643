package io.penstock.daemon.uplink;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * What may come down the link. None of them reaches a machine: they change what leaves the site and how the gateway judges.
 *
 * <pre>
 * CBOR: [1, asset, case number]  [2, asset, hours]  [3, percent]  [4, hours]  [5, delta, part, of, h'bytes']
 * </pre>
 * Sealed as {@link FrameSeal} does on the way down: all but a delta's parts take at most {@link #MOST_BYTES}.
 */
public sealed interface Command {
    /** Of a sealed command that is no part of a delta. */
    int MOST_BYTES = 50;

    /** Longest shelving and hold: 30 days, as an operator's. */
    int MOST_HOURS = 720;

    /** The least role that may give it. */
    Role needs();

    /** For the audit log. */
    String text();

    /** Send a case's whole evidence. */
    record SendEvidence(int asset, int caseNumber) implements Command {
        @Override
        public Role needs() {
            return Role.VIEWER;
        }

        @Override
        public String text() {
            return "evidence of asset " + (asset + 1) + " case " + caseNumber;
        }
    }

    /** An operator's shelving of a machine (ISA-18.2): nothing but its alarms leaves for so long; 0: ends one. */
    record Shelve(int asset, int hours) implements Command {
        @Override
        public Role needs() {
            return Role.OPERATOR;
        }

        @Override
        public String text() {
            return "shelve asset " + (asset + 1) + " for " + hours + " h";
        }
    }

    /** So much of each cap holds from now on. */
    record SetBudget(int percent) implements Command {
        @Override
        public Role needs() {
            return Role.OWNER;
        }

        @Override
        public String text() {
            return "budget " + percent + " %";
        }
    }

    /** Nothing leaves for so long; 0: it does again. */
    record Hold(int hours) implements Command {
        @Override
        public Role needs() {
            return Role.OPERATOR;
        }

        @Override
        public String text() {
            return "hold for " + hours + " h";
        }
    }

    /** A part of a signed configuration delta. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record DeltaPart(int delta, int part, int of, byte[] bytes) implements Command {
        public DeltaPart {
            if (of < 1 || of > ConfigDelta.MOST_PARTS || part < 0 || part >= of || bytes.length == 0) {
                throw new IllegalArgumentException(
                        "part " + part + " of " + of + ", expected at most " + ConfigDelta.MOST_PARTS);
            }
        }

        @Override
        public Role needs() {
            return Role.OWNER;
        }

        @Override
        public String text() {
            return "configuration delta " + delta + ", part " + (part + 1) + " of " + of;
        }
    }

    /** As CBOR. */
    default byte[] encoded() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = new CBORFactory().createGenerator(bytes)) {
            switch (this) {
                case SendEvidence(int asset, int caseNumber) -> numbers(out, 3, 1, asset, caseNumber);
                case Shelve(int asset, int hours) -> numbers(out, 3, 2, asset, hours);
                case SetBudget(int percent) -> numbers(out, 2, 3, percent);
                case Hold(int hours) -> numbers(out, 2, 4, hours);
                case DeltaPart part -> {
                    numbers(out, 5, 5, part.delta(), part.part(), part.of());
                    out.writeBinary(part.bytes());
                }
            }
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return bytes.toByteArray();
    }

    private static void numbers(CBORGenerator out, int size, int... numbers) throws IOException {
        out.writeStartArray(null, size);
        for (int number : numbers) {
            out.writeNumber(number);
        }
    }

    /** Empty where the bytes are no command of this version. */
    static Optional<Command> decode(byte[] bytes) {
        try (CBORParser in = new CBORFactory().createParser(bytes)) {
            if (in.nextToken() != JsonToken.START_ARRAY) {
                return Optional.empty();
            }
            int kind = number(in, 0xFFFF);
            Command command = switch (kind) {
                case 1 -> new SendEvidence(number(in, Summary.MOST_ASSETS - 1), number(in, Summary.CASE_NUMBERS - 1));
                case 2 -> new Shelve(number(in, Summary.MOST_ASSETS - 1), number(in, MOST_HOURS));
                case 3 -> new SetBudget(number(in, 10_000));
                case 4 -> new Hold(number(in, MOST_HOURS));
                case 5 ->
                    new DeltaPart(
                            number(in, 0xFFFF),
                            number(in, ConfigDelta.MOST_PARTS),
                            number(in, ConfigDelta.MOST_PARTS),
                            binary(in));
                default -> throw new IllegalArgumentException("command " + kind);
            };
            return in.nextToken() == JsonToken.END_ARRAY && in.nextToken() == null
                    ? Optional.of(command)
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static int number(CBORParser in, int most) throws IOException {
        if (in.nextToken() != JsonToken.VALUE_NUMBER_INT || in.getLongValue() < 0 || in.getLongValue() > most) {
            throw new IllegalArgumentException("no number from 0 to " + most);
        }
        return in.getIntValue();
    }

    private static byte[] binary(CBORParser in) throws IOException {
        if (in.nextToken() != JsonToken.VALUE_EMBEDDED_OBJECT) {
            throw new IllegalArgumentException("no bytes");
        }
        return in.getBinaryValue();
    }
}
