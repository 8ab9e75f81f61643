package io.penstock.daemon.uplink;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * A frame: an untagged COSE_Encrypt0 (RFC 9052, 5.2) under AES-256-GCM. As in OSCORE (RFC 8613, 5.1) the algorithm goes with the
 * key and not over the link, and stands in the additional data instead.
 *
 * <pre>
 * [ h'',  { 4: key id (1 byte), 6: counter (1 to 5 bytes) },  ciphertext and 16 bytes of tag ]
 * nonce: the key's base IV, the counter laid over its end (RFC 9052, 3.1)
 * additional data: ["Encrypt0", h'', CBOR [frame version, algorithm, key id]], and a 1 behind the key id on the way down
 * </pre>
 */
public final class FrameSeal {
    /** One short-burst message of the common satellite modems. */
    public static final int LONGEST = 340;

    static final long MOST_FRAMES = (1L << 40) - 1;
    private static final int VERSION = 1;
    private static final int A256GCM = 3;
    private static final int TAG_BITS = 128;
    private static final int KEY_ID = 4;
    private static final int PARTIAL_IV = 6;
    private static final CBORFactory CBOR = new CBORFactory();

    /** Which way a frame goes: one that was recorded on its way up means nothing on its way down. */
    public enum Way {
        UP,
        DOWN
    }

    private FrameSeal() {}

    /** What was in a frame that is whole and of a known key. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    public record Opened(int keyId, long counter, byte[] content) {}

    /** Why a frame is not taken. */
    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        /** What a receiver counts it as. */
        public enum As {
            TOO_LONG,
            /** Its bytes end before it does. */
            TRUNCATED,
            OTHER_VERSION,
            UNKNOWN_KEY,
            /** Changed on its way, or sealed with another key of the same id. */
            WRONG_KEY
        }

        private final As as;

        Refused(As as, String reason) {
            super(reason);
            this.as = as;
        }

        public As as() {
            return as;
        }
    }

    /** Bytes a frame takes beside its content. */
    public static int overhead(long counter, int contentBytes) {
        int cipherBytes = contentBytes + TAG_BITS / 8;
        return 1
                + 1
                + 1
                + 3
                + 2
                + partial(counter).length
                + (cipherBytes < 24 ? 1 : cipherBytes < 256 ? 2 : 3)
                + TAG_BITS / 8;
    }

    /** As {@link #seal(FrameKey, long, byte[], Way)}, on the way up. */
    public static byte[] seal(FrameKey key, long counter, byte[] content) {
        return seal(key, counter, content, Way.UP);
    }

    /** @param counter never used before under this key */
    public static byte[] seal(FrameKey key, long counter, byte[] content, Way way) {
        if (counter < 0 || counter > MOST_FRAMES) {
            throw new IllegalArgumentException("frame " + counter + " of key " + key.id() + "; take a new key");
        }
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, counter, way);
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            try (CBORGenerator out = CBOR.createGenerator(frame)) {
                out.writeStartArray(null, 3);
                out.writeBinary(new byte[0]);
                out.writeStartObject(2);
                out.writeFieldId(KEY_ID);
                out.writeBinary(new byte[] {(byte) key.id()});
                out.writeFieldId(PARTIAL_IV);
                out.writeBinary(partial(counter));
                out.writeEndObject();
                out.writeBinary(cipher.doFinal(content));
                out.writeEndArray();
            }
            return frame.toByteArray();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM of this Java: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
    }

    /** As {@link #open(Map, byte[], Way)}, on the way up. */
    public static Opened open(Map<Integer, FrameKey> keys, byte[] frame) throws Refused {
        return open(keys, frame, Way.UP);
    }

    /**
     * @param keys by id
     * @throws Refused when it is no frame, of an unknown key, or was changed on its way
     */
    public static Opened open(Map<Integer, FrameKey> keys, byte[] frame, Way way) throws Refused {
        Parts parts = parts(frame);
        FrameKey key = keys.get(parts.keyId);
        if (key == null) {
            throw new Refused(Refused.As.UNKNOWN_KEY, "is of key " + parts.keyId + ", which is not in the key file");
        }
        try {
            return new Opened(
                    parts.keyId,
                    parts.counter,
                    cipher(Cipher.DECRYPT_MODE, key, parts.counter, way).doFinal(parts.sealed));
        } catch (GeneralSecurityException e) {
            throw new Refused(
                    Refused.As.WRONG_KEY, "was changed on its way, or sealed with another key of id " + parts.keyId);
        }
    }

    private static final class Parts {
        int keyId = -1;
        long counter = -1;
        byte[] sealed = {};
    }

    private static Parts parts(byte[] frame) throws Refused {
        if (frame.length > LONGEST) {
            throw new Refused(Refused.As.TOO_LONG, "has " + frame.length + " bytes, expected at most " + LONGEST);
        }
        Parts parts = new Parts();
        try (CBORParser in = CBOR.createParser(frame)) {
            expect(in.nextToken() == JsonToken.START_ARRAY);
            expect(in.nextToken() == JsonToken.VALUE_EMBEDDED_OBJECT && in.getBinaryValue().length == 0);
            expect(in.nextToken() == JsonToken.START_OBJECT);
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String label = in.currentName();
                expect(in.nextToken() == JsonToken.VALUE_EMBEDDED_OBJECT);
                byte[] value = in.getBinaryValue();
                if (label.equals(Integer.toString(KEY_ID)) && value.length == 1) {
                    parts.keyId = value[0] & 0xFF;
                } else if (label.equals(Integer.toString(PARTIAL_IV)) && value.length >= 1 && value.length <= 5) {
                    parts.counter = number(value);
                }
            }
            expect(in.currentToken() == JsonToken.END_OBJECT && parts.keyId >= 0 && parts.counter >= 0);
            expect(in.nextToken() == JsonToken.VALUE_EMBEDDED_OBJECT);
            parts.sealed = in.getBinaryValue();
            expect(in.nextToken() == JsonToken.END_ARRAY && in.nextToken() == null);
            return parts;
        } catch (JsonEOFException e) {
            throw new Refused(Refused.As.TRUNCATED, "ends before it is whole");
        } catch (IOException e) {
            throw new Refused(Refused.As.OTHER_VERSION, "is no frame of version " + VERSION);
        }
    }

    private static void expect(boolean so) throws Refused {
        if (!so) {
            throw new Refused(Refused.As.OTHER_VERSION, "is no frame of version " + VERSION);
        }
    }

    private static Cipher cipher(int mode, FrameKey key, long counter, Way way) throws GeneralSecurityException {
        byte[] nonce = key.baseIv().clone();
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[nonce.length - 1 - i] ^= (byte) (counter >>> 8 * i);
        }
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key.key(), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(additional(key.id(), way));
        return cipher;
    }

    private static byte[] additional(int keyId, Way way) {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        ByteArrayOutputStream outer = new ByteArrayOutputStream();
        try (CBORGenerator of = CBOR.createGenerator(inner)) {
            of.writeStartArray(null, way == Way.UP ? 3 : 4);
            of.writeNumber(VERSION);
            of.writeNumber(A256GCM);
            of.writeNumber(keyId);
            if (way == Way.DOWN) {
                of.writeNumber(Way.DOWN.ordinal());
            }
            of.writeEndArray();
            of.flush();
            try (CBORGenerator out = CBOR.createGenerator(outer)) {
                out.writeStartArray(null, 3);
                out.writeString("Encrypt0");
                out.writeBinary(new byte[0]);
                out.writeBinary(inner.toByteArray());
                out.writeEndArray();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return outer.toByteArray();
    }

    /** The counter without leading zeros, at least one byte. */
    private static byte[] partial(long counter) {
        int length = Math.max(1, (64 - Long.numberOfLeadingZeros(counter) + 7) / 8);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[length - 1 - i] = (byte) (counter >>> 8 * i);
        }
        return bytes;
    }

    private static long number(byte[] bytes) {
        long number = 0;
        for (byte b : bytes) {
            number = number << 8 | (b & 0xFF);
        }
        return number;
    }
}
