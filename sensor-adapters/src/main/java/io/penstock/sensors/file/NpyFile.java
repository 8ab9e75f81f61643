package io.penstock.sensors.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads NumPy's array file: {@code \x93NUMPY}, version, header length (2 bytes in version 1, 4 from version 2 on), a Python
 * dictionary with {@code descr}, {@code fortran_order} and {@code shape}, then the numbers. Little-endian float32 and float64,
 * C order, one or two dimensions; anything else is refused by name (NumPy Enhancement Proposal 1).
 */
public final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9, ]*)\\)");

    private NpyFile() {}

    /**
     * @param bytes the whole file
     * @return one array a column; a one-dimensional file has one column
     */
    public static float[][] columns(byte[] bytes) throws IOException {
        for (int i = 0; i < MAGIC.length; i++) {
            if (bytes.length <= 12 || bytes[i] != MAGIC[i]) {
                throw new IOException("it does not begin like a .npy file; save it with numpy.save");
            }
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int version = bytes[6];
        if (version < 1 || version > 3) {
            throw new IOException(".npy version " + version + ", expected 1 to 3");
        }
        int start = version == 1 ? 10 : 12;
        long headerLength =
                version == 1 ? Short.toUnsignedInt(buffer.getShort(8)) : Integer.toUnsignedLong(buffer.getInt(8));
        if (start + headerLength > bytes.length) {
            throw new IOException("the .npy header ends beyond the file: it is cut off, copy it again");
        }
        String header = new String(bytes, start, (int) headerLength, StandardCharsets.UTF_8);
        String type = find(DESCR, header, "descr");
        int width = switch (type) {
            case "<f4" -> 4;
            case "<f8" -> 8;
            default ->
                throw new IOException("numbers are of type '" + type
                        + "', expected '<f4' or '<f8'; convert with array.astype('float32')");
        };
        String[] sizes = find(SHAPE, header, "shape").strip().split("\\s*,\\s*");
        if (sizes.length < 1 || sizes.length > 2 || sizes[0].isEmpty()) {
            throw new IOException("shape (" + String.join(", ", sizes) + ") is not (samples,) or (samples, channels)");
        }
        long rows = size(sizes[0]);
        long columns = sizes.length == 2 ? size(sizes[1]) : 1;
        if (columns > 1 && find(ORDER, header, "fortran_order").equals("True")) {
            throw new IOException(
                    "the array is in Fortran order, expected C order; save numpy.ascontiguousarray(array)");
        }
        long data = start + headerLength;
        if (rows < 1 || columns < 1 || columns > 256 || rows * columns * width != bytes.length - data) {
            throw new IOException("shape (" + rows + ", " + columns + ") needs " + rows * columns * width
                    + " bytes of numbers, the file has " + (bytes.length - data));
        }
        float[][] values = new float[(int) columns][(int) rows];
        int at = (int) data;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                values[column][row] = width == 4 ? buffer.getFloat(at) : (float) buffer.getDouble(at);
                at += width;
            }
        }
        return values;
    }

    private static long size(String text) throws IOException {
        if (text.length() > 9) {
            throw new IOException(
                    "shape names " + text + " elements in one direction, expected under a thousand million");
        }
        return Long.parseLong(text);
    }

    private static String find(Pattern pattern, String header, String key) throws IOException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new IOException("the .npy header has no readable '" + key + "'");
        }
        return matcher.group(1);
    }
}
