package io.penstock.daemon.uplink;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A change of the configuration from afar: some lines of TOML, signed with Ed25519 by the one who may, so that the hub that holds the
 * command keys cannot make one up. An untagged COSE_Sign1 (RFC 9052, 4.2), cut into parts of a frame each.
 *
 * <pre>
 * [ h'a10127' (EdDSA), {}, the text, 64 bytes ]      signed along: CBOR [site, number of the delta]
 * </pre>
 * The number rises with each delta: an older one that is sent again is refused.
 */
public final class ConfigDelta {
    /** Of the text, in UTF-8. */
    public static final int MOST_BYTES = 1_024;

    static final int MOST_PARTS = 6;
    /** A sealed part fits into 270 bytes, what the common short-burst modems receive at most. */
    static final int PART_BYTES = 220;

    private static final byte[] PROTECTED = HexFormat.of().parseHex("a10127");
    private static final CBORFactory CBOR = new CBORFactory();

    private ConfigDelta() {}

    /** The parts of a signed delta. */
    public static List<Command.DeltaPart> signed(String text, String site, int number, PrivateKey key)
            throws GeneralSecurityException {
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        if (payload.length == 0 || payload.length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "the delta has " + payload.length + " bytes, expected 1 to " + MOST_BYTES);
        }
        Signature sign = Signature.getInstance("Ed25519");
        sign.initSign(key);
        sign.update(toBeSigned(payload, site, number));
        byte[] message = message(PROTECTED, payload, sign.sign());
        int of = Math.ceilDiv(message.length, PART_BYTES);
        List<Command.DeltaPart> parts = new ArrayList<>();
        for (int part = 0; part < of; part++) {
            int from = part * PART_BYTES;
            parts.add(new Command.DeltaPart(
                    number, part, of, Arrays.copyOfRange(message, from, Math.min(message.length, from + PART_BYTES))));
        }
        return parts;
    }

    /**
     * The text of a delta that was signed by the key for this site and number.
     *
     * @throws IllegalArgumentException saying why it is not taken
     */
    static String opened(byte[] message, String site, int number, PublicKey key) {
        byte[] payload;
        byte[] signature;
        try (CBORParser in = CBOR.createParser(message)) {
            expect(in.nextToken() == JsonToken.START_ARRAY);
            expect(in.nextToken() == JsonToken.VALUE_EMBEDDED_OBJECT && Arrays.equals(in.getBinaryValue(), PROTECTED));
            expect(in.nextToken() == JsonToken.START_OBJECT && in.nextToken() == JsonToken.END_OBJECT);
            expect(in.nextToken() == JsonToken.VALUE_EMBEDDED_OBJECT);
            payload = in.getBinaryValue();
            expect(in.nextToken() == JsonToken.VALUE_EMBEDDED_OBJECT);
            signature = in.getBinaryValue();
            expect(in.nextToken() == JsonToken.END_ARRAY && in.nextToken() == null);
        } catch (IOException e) {
            throw new IllegalArgumentException("it is no signed delta", e);
        }
        expect(payload.length <= MOST_BYTES);
        try {
            Signature verify = Signature.getInstance("Ed25519");
            verify.initVerify(key);
            verify.update(toBeSigned(payload, site, number));
            if (!verify.verify(signature)) {
                throw new IllegalArgumentException(
                        "it is not signed by the key of command_signer for site " + site + " as delta " + number);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("its signature cannot be checked: " + e.getMessage(), e);
        }
        return new String(payload, StandardCharsets.UTF_8);
    }

    private static void expect(boolean so) {
        if (!so) {
            throw new IllegalArgumentException("it is no signed delta");
        }
    }

    /** The Sig_structure of RFC 9052, 4.4. */
    private static byte[] toBeSigned(byte[] payload, String site, int number) {
        ByteArrayOutputStream along = new ByteArrayOutputStream();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (CBORGenerator out = CBOR.createGenerator(along)) {
            out.writeStartArray(null, 2);
            out.writeString(site);
            out.writeNumber(number);
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        try (CBORGenerator out = CBOR.createGenerator(all)) {
            out.writeStartArray(null, 4);
            out.writeString("Signature1");
            out.writeBinary(PROTECTED);
            out.writeBinary(along.toByteArray());
            out.writeBinary(payload);
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return all.toByteArray();
    }

    private static byte[] message(byte[] head, byte[] payload, byte[] signature) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator out = CBOR.createGenerator(bytes)) {
            out.writeStartArray(null, 4);
            out.writeBinary(head);
            out.writeStartObject(0);
            out.writeEndObject();
            out.writeBinary(payload);
            out.writeBinary(signature);
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return bytes.toByteArray();
    }
}
