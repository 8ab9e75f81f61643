package io.penstock.daemon.uplink;

import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key both ends have. A new key gets a new id, and its counter begins at 0; both ends keep the old one until nothing under it is
 * under way.
 *
 * @param id 0 to 255, in each frame
 * @param key AES-256
 * @param baseIv 12 bytes the counter is laid over (RFC 9052, 3.1: Partial IV)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
public record FrameKey(int id, SecretKey key, byte[] baseIv) {
    static final int KEY_BYTES = 32;
    static final int IV_BYTES = 12;

    public FrameKey {
        if (id < 0 || id > 255) {
            throw new IllegalArgumentException("key id " + id + ", expected 0 to 255");
        }
    }

    /** Whether both are the same secret, whatever their ids. */
    boolean isOneWith(FrameKey other) {
        return Arrays.equals(key.getEncoded(), other.key.getEncoded());
    }

    /**
     * A key file's line: the id, then 88 hexadecimal digits: key and base IV.
     *
     * @throws IllegalArgumentException for anything else; what was found is not repeated
     */
    public static FrameKey parse(String line) {
        String[] words = line.strip().split("\\s+");
        if (words.length != 2 || words[1].length() != 2 * (KEY_BYTES + IV_BYTES)) {
            throw new IllegalArgumentException("found " + words.length + " words, the last of "
                    + words[words.length - 1].length() + " characters; expected an id from 0 to 255 and "
                    + 2 * (KEY_BYTES + IV_BYTES) + " hexadecimal digits, as 'penstock uplink key' makes them");
        }
        try {
            byte[] bytes = HexFormat.of().parseHex(words[1]);
            byte[] iv = Arrays.copyOfRange(bytes, KEY_BYTES, bytes.length);
            return new FrameKey(Integer.parseInt(words[0]), new SecretKeySpec(bytes, 0, KEY_BYTES, "AES"), iv);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("found no number, or signs that are no hexadecimal digits", e);
        }
    }
}
