package io.penstock.sensors.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A file of waveforms: {@code .npy}, {@code .wav} (PCM of 16, 24 or 32 bits at full scale 1, or 32-bit float) or {@code .csv}
 * (one column a channel, a first line of names is passed over).
 *
 * @param columns one waveform a channel, all of one length
 * @param rateHz samples per second where the file says so
 */
public record WaveformFile(float[][] columns, OptionalDouble rateHz) {
    private static final long LARGEST_BYTES = 1L << 30;

    /** @throws IOException with what was found and what was expected; its name is the caller's to say */
    public static WaveformFile read(Path file) throws IOException {
        long bytes = Files.size(file);
        if (bytes > LARGEST_BYTES) {
            throw new IOException("it has " + bytes + " bytes, expected at most " + LARGEST_BYTES + "; cut it");
        }
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".npy")) {
            return new WaveformFile(NpyFile.columns(Files.readAllBytes(file)), OptionalDouble.empty());
        }
        if (name.endsWith(".wav")) {
            return wav(Files.readAllBytes(file));
        }
        if (name.endsWith(".csv")) {
            return new WaveformFile(csv(Files.readAllLines(file, StandardCharsets.UTF_8)), OptionalDouble.empty());
        }
        throw new IOException("a waveform file ends with .npy, .wav or .csv");
    }

    private static WaveformFile wav(byte[] bytes) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < 12 || in.getInt(0) != 0x46464952 || in.getInt(8) != 0x45564157) {
            throw new IOException("it does not begin like a .wav file (RIFF, WAVE)");
        }
        int format = 0;
        int channels = 0;
        int rate = 0;
        int bits = 0;
        int at = 12;
        while (at + 8 <= bytes.length) {
            int chunk = in.getInt(at);
            long size = Integer.toUnsignedLong(in.getInt(at + 4));
            int body = at + 8;
            if (chunk == 0x20746d66 && size >= 16 && body + 16 <= bytes.length) {
                format = Short.toUnsignedInt(in.getShort(body));
                channels = Short.toUnsignedInt(in.getShort(body + 2));
                rate = in.getInt(body + 4);
                bits = Short.toUnsignedInt(in.getShort(body + 14));
                if (format == 0xFFFE && size >= 26 && body + 26 <= bytes.length) {
                    format = Short.toUnsignedInt(in.getShort(body + 24));
                }
            } else if (chunk == 0x61746164) {
                int end = (int) Math.min(bytes.length, body + size);
                return new WaveformFile(samples(in, body, end, format, channels, bits), OptionalDouble.of(rate));
            }
            if (size > bytes.length - body) {
                break;
            }
            at = (int) (body + size + (size & 1));
        }
        throw new IOException("the .wav file has no data chunk");
    }

    private static float[][] samples(ByteBuffer in, int from, int to, int format, int channels, int bits)
            throws IOException {
        boolean pcm = format == 1 && (bits == 16 || bits == 24 || bits == 32);
        boolean real = format == 3 && bits == 32;
        if (channels < 1 || channels > 256 || !(pcm || real)) {
            throw new IOException(".wav format " + format + " with " + bits + " bits and " + channels
                    + " channels, expected PCM of 16, 24 or 32 bits or 32-bit float");
        }
        int width = bits / 8;
        int rows = (to - from) / (width * channels);
        float[][] values = new float[channels][rows];
        int at = from;
        for (int row = 0; row < rows; row++) {
            for (int channel = 0; channel < channels; channel++) {
                values[channel][row] = switch (width) {
                    case 2 -> in.getShort(at) / 32768f;
                    case 3 -> ((in.get(at) & 0xFF) | (in.get(at + 1) & 0xFF) << 8 | in.get(at + 2) << 16) / 8388608f;
                    default -> real ? in.getFloat(at) : in.getInt(at) / 2147483648f;
                };
                at += width;
            }
        }
        return values;
    }

    private static float[][] csv(List<String> lines) throws IOException {
        List<float[]> rows = new ArrayList<>(lines.size());
        String separator = !lines.isEmpty() && lines.getFirst().contains(";") ? ";" : ",";
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            String[] cells = lines.get(i).split(separator, -1);
            float[] row = new float[cells.length];
            try {
                for (int k = 0; k < cells.length; k++) {
                    row[k] = Float.parseFloat(cells[k].strip());
                }
            } catch (NumberFormatException e) {
                if (i == 0) {
                    continue; // names
                }
                throw new IOException("line " + (i + 1) + " holds something that is no number: " + e.getMessage(), e);
            }
            if (!rows.isEmpty() && rows.getFirst().length != row.length) {
                throw new IOException(
                        "line " + (i + 1) + " has " + row.length + " columns, the first had " + rows.getFirst().length);
            }
            rows.add(row);
        }
        if (rows.isEmpty()) {
            throw new IOException("it holds no line of numbers");
        }
        float[][] values = new float[rows.getFirst().length][rows.size()];
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < values.length; column++) {
                values[column][row] = rows.get(row)[column];
            }
        }
        return values;
    }
}
