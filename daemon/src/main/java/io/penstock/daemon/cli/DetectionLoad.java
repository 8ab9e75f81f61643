package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.detect.Detector;
import io.penstock.daemon.detect.OnsetDetector;
import io.penstock.daemon.detect.OnsetSettings;
import io.penstock.daemon.detect.StateDetector;
import io.penstock.daemon.detect.StateSettings;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.Journal;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.store.StoreSettings;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.VibrationAnalysis;
import io.penstock.daemon.window.VibrationFeatures;
import io.penstock.sensors.reading.ChannelId;
import io.penstock.sensors.reading.Delivery;
import io.penstock.sensors.reading.Quality;
import io.penstock.sensors.reading.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * The three pieces of work that bound how much a gateway can watch, on the classes that run live, with signals made from a fixed
 * seed. {@code penstock bench detect} and the JMH benchmarks time the same calls.
 */
final class DetectionLoad {
    static final int WINDOW_SAMPLES = 8192;
    static final double RATE_HZ = 12_800;
    static final int CHANNELS = 8;
    static final int APPENDED = 1_000;

    private static final double SHAFT_HZ = 12.5;
    private static final int KINDS = 8;
    private static final int VECTORS = 4096;

    private DetectionLoad() {}

    /** A Francis unit of 13 blades with a bearing at each end and eight scalar channels. */
    static Asset asset() {
        List<Channel> channels = new ArrayList<>();
        channels.add(channel("vibration_de", "acceleration", "g", OptionalDouble.of(RATE_HZ)));
        for (int i = 0; i < CHANNELS; i++) {
            channels.add(channel("scalar_" + i, "pressure", "bar", OptionalDouble.empty()));
        }
        return new Asset(
                "bench-1",
                "hydro_francis",
                OptionalDouble.of(60 * SHAFT_HZ),
                OptionalInt.of(13),
                50,
                channels,
                List.of(
                        new Bearing("DE", "vibration_de", 9, 7.94, 39.04, 0),
                        new Bearing("NDE", "vibration_de", 8, 6.75, 28.5, 0)));
    }

    private static Channel channel(String id, String quantity, String unit, OptionalDouble rateHz) {
        return new Channel(
                id,
                quantity,
                unit,
                rateHz,
                0,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Duration.ZERO,
                List.of());
    }

    /** Evidence for one waveform of {@value #WINDOW_SAMPLES} samples: every feature, and every element of two bearings. */
    static final class Windows {
        private final Asset asset = asset();
        private final Channel channel = asset.channels().getFirst();
        private final VibrationAnalysis analysis = new VibrationAnalysis();
        private final float[][] waveforms = new float[KINDS][];
        private int next;

        Windows() {
            for (int kind = 0; kind < KINDS; kind++) {
                waveforms[kind] = waveform(kind);
            }
        }

        /** Shaft lines and noise; every other one with the knocks of an outer ring that grow with its number. */
        private static float[] waveform(int kind) {
            SplittableRandom random = new SplittableRandom(kind);
            float[] samples = new float[WINDOW_SAMPLES];
            double outerHz = 3.585 * SHAFT_HZ;
            for (int i = 0; i < samples.length; i++) {
                double t = i / RATE_HZ;
                double value = 0.05 * random.nextGaussian()
                        + 0.2 * Math.sin(2 * Math.PI * SHAFT_HZ * t)
                        + 0.05 * Math.sin(2 * Math.PI * 13 * SHAFT_HZ * t);
                double since = t - Math.floor(t * outerHz) / outerHz;
                value += kind % 2 * 0.1 * kind * Math.exp(-1000 * since) * Math.sin(2 * Math.PI * 3000 * since);
                samples[i] = (float) value;
            }
            return samples;
        }

        VibrationFeatures analyse() {
            next = (next + 1) % KINDS;
            // the measured speed moves a little, as it does live
            return analysis.analyse(asset, channel, waveforms[next], RATE_HZ, SHAFT_HZ * (1 + 1e-4 * next));
        }
    }

    /** State and onset on one vector of {@value #CHANNELS} channels, both past their learning. */
    static final class Points {
        private final Asset asset = asset();
        private final List<Detector> detectors = List.of(
                new StateDetector(asset, StateSettings.standard()),
                new OnsetDetector(asset, OnsetSettings.multivariate()));
        private final double[][] vectors = new double[VECTORS][CHANNELS];
        private long step;
        private long findings;

        Points() {
            SplittableRandom random = new SplittableRandom(7);
            double load = 0;
            for (double[] vector : vectors) {
                load = 0.98 * load + 0.02 * random.nextGaussian();
                for (int c = 0; c < CHANNELS; c++) {
                    vector[c] = 10 * (c + 1) + (c % 2 == 0 ? load : -load) + 0.01 * (c + 1) * random.nextGaussian();
                }
            }
            for (int i = 0; i < VECTORS; i++) {
                inspect();
            }
        }

        /** @return findings so far */
        long inspect() {
            step++;
            Observation.State state =
                    new Observation.State(asset, step * 1_000_000, vectors[(int) (step % VECTORS)], step);
            for (Detector detector : detectors) {
                detector.inspect(state, finding -> findings++);
            }
            return findings;
        }
    }

    /** One durable commit of {@value #APPENDED} readings of {@value #CHANNELS} channels. */
    static final class Appends implements AutoCloseable {
        private final Database database;
        private final Journal journal;
        private long micros;

        /** @param folder where the store is made: its disk is what is measured */
        Appends(Path folder) throws StoreFailed {
            StoreSettings settings = StoreSettings.of(folder.resolve("bench.db"));
            database = Database.open(settings.file());
            journal = new Journal(database, settings);
        }

        /** @return how many readings were new: all of them */
        int append() throws StoreFailed {
            List<Delivery> deliveries = new ArrayList<>(APPENDED);
            for (int i = 0; i < APPENDED; i++) {
                micros += 1_000;
                deliveries.add(Delivery.unacknowledged(new Reading.Scalar(
                        new ChannelId("bench-1", "scalar_" + i % CHANNELS), micros, micros + 5, Quality.GOOD, i)));
            }
            return journal.append(deliveries).size();
        }

        @Override
        public void close() {
            database.close();
        }
    }
}
