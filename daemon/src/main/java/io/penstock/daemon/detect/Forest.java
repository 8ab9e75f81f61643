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
import java.io.IOException;
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
    private static final int MOST_STATE_BYTES = 64 << 20;

    private final int channels;
    private final OnsetSettings settings;
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
        return grown().process(values, step);
    }

    /** Empty before the first vector. */
    byte[] state() throws IOException {
        if (forest == null) {
            return new byte[0];
        }
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
        if (state.length == 0) {
            forest = null;
            return;
        }
        byte[] json;
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(state))) {
            json = in.readNBytes(MOST_STATE_BYTES);
        }
        forest = MAPPER.toModel(JSON.readValue(json, ThresholdedRandomCutForestState.class));
    }
}
