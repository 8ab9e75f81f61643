package io.penstock.daemon.detect;

import com.amazon.randomcutforest.config.ForestMode;
import com.amazon.randomcutforest.config.Precision;
import com.amazon.randomcutforest.config.TransformMethod;
import com.amazon.randomcutforest.parkservices.AnomalyDescriptor;
import com.amazon.randomcutforest.parkservices.ThresholdedRandomCutForest;
import com.amazon.randomcutforest.parkservices.state.ThresholdedRandomCutForestMapper;
import com.amazon.randomcutforest.parkservices.state.ThresholdedRandomCutForestState;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The thresholded random cut forest (Guha et al. 2016) over state vectors. Its state goes through the library's own mapper, as
 * JSON, deflated.
 */
final class Forest {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .visibility(PropertyAccessor.ALL, Visibility.NONE)
            .visibility(PropertyAccessor.FIELD, Visibility.ANY)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final ThresholdedRandomCutForestMapper MAPPER = new ThresholdedRandomCutForestMapper();
    private static final int MOST_SINCE = 128;
    private static final int MOST_STATE_BYTES = 64 << 20;

    private final int channels;
    private final OnsetSettings settings;
    /** The whole state as it was last written, deflated; empty before. */
    private byte[] written = new byte[0];
    /** What it has seen since, each vector behind its step. */
    private final List<double[]> since = new ArrayList<>();

    /** Made with the first vector: a forest takes two MiB, and an asset may never send one. */
    private @Nullable ThresholdedRandomCutForest forest;

    Forest(int channels, OnsetSettings settings) {
        this.channels = channels;
        this.settings = settings;
    }

    private ThresholdedRandomCutForest grown() {
        ThresholdedRandomCutForest known = forest;
        if (known != null) {
            return known;
        }
        ThresholdedRandomCutForest made = ThresholdedRandomCutForest.builder()
                .dimensions(channels * settings.shingle())
                .shingleSize(settings.shingle())
                .numberOfTrees(settings.trees())
                .sampleSize(settings.sample())
                .precision(Precision.FLOAT_32)
                .internalShinglingEnabled(true)
                .transformMethod(TransformMethod.NORMALIZE)
                .forestMode(ForestMode.STANDARD)
                .autoAdjust(true)
                .initialAcceptFraction(0.125)
                .parallelExecutionEnabled(false)
                .randomSeed(settings.seed())
                .build();
        forest = made;
        return made;
    }

    AnomalyDescriptor process(double[] values, long step) {
        AnomalyDescriptor descriptor = grown().process(values, step);
        double[] seen = new double[values.length + 1];
        seen[0] = step;
        System.arraycopy(values, 0, seen, 1, values.length);
        since.add(seen);
        return descriptor;
    }

    /**
     * Empty before the first vector. To write a forest takes ten milliseconds and an alarm's commit waits for all forests of the gateway:
     * so it is written whole once in {@value #MOST_SINCE} vectors, and between with the vectors seen since, which make the same forest of
     * it.
     *
     * <pre>
     * int   vectors since, negative and less one: a state without this number is a whole one
     * int   bytes of the whole state, and these
     * for each vector: int values with the step, double each
     * </pre>
     */
    byte[] state() throws IOException {
        ThresholdedRandomCutForest known = forest;
        if (known == null) {
            return new byte[0];
        }
        if (written.length == 0 || since.size() > MOST_SINCE) {
            written = deflated(known);
            since.clear();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(written.length + 64);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(-1 - since.size());
        out.writeInt(written.length);
        out.write(written);
        for (double[] seen : since) {
            out.writeInt(seen.length);
            for (double value : seen) {
                out.writeDouble(value);
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] deflated(ThresholdedRandomCutForest forest) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater fast = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, fast)) {
            out.write(JSON.writeValueAsBytes(MAPPER.toState(forest)));
        } finally {
            fast.end();
        }
        return bytes.toByteArray();
    }

    void restore(byte[] state) throws IOException {
        forest = null;
        written = new byte[0];
        since.clear();
        if (state.length == 0) {
            return;
        }
        // deflate begins with 0x78, so a whole state alone, as it was written once, is no negative number
        if (state[0] >= 0) {
            forest = inflated(state);
            return;
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
        int vectors = -1 - in.readInt();
        byte[] whole = in.readNBytes(in.readInt());
        forest = inflated(whole);
        for (int i = 0; i < vectors; i++) {
            double[] values = new double[in.readInt() - 1];
            long step = (long) in.readDouble();
            for (int k = 0; k < values.length; k++) {
                values[k] = in.readDouble();
            }
            process(values, step);
        }
        written = whole;
    }

    private static ThresholdedRandomCutForest inflated(byte[] whole) throws IOException {
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(whole))) {
            byte[] json = in.readNBytes(MOST_STATE_BYTES);
            return MAPPER.toModel(JSON.readValue(json, ThresholdedRandomCutForestState.class));
        }
    }
}
