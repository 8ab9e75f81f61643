package io.penstock.daemon.detect;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.window.Observation;
import io.penstock.daemon.window.Snapshot;
import io.penstock.sensors.reading.Quality;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Has one waveform knocks in it that those before it had not? Its kurtosis is held against the channel's last few, so it speaks a
 * second after the start, long before a baseline stands, and of one waveform alone, where {@link VibrationDetector} waits for a
 * second one. A passing remark: it opens no case; knocks that go on are the other's to name. Waveforms of bad quality and of a machine
 * that stands are passed over.
 */
public final class ShockDetector implements Detector {
    private static final int RING = 16;
    /** Of fewer the spread is chance. */
    private static final int FEWEST = 8;
    /** As the spikes of a slow channel are judged. */
    private static final double SPREADS = 8;

    private static final double MAD_TO_SIGMA = 1.4826;
    /** And twice the kurtosis of those before: a spread of eight may be far too small. */
    private static final double RATIO = 2;
    /** A Gaussian has 3; a bearing's beginning fault 3.5 to 6, in every waveform: that is no shock. */
    private static final double LEAST = 6;

    private final Asset asset;
    private final String owner;
    private Map<String, Recent> channels;

    /** The newest kurtoses of a channel, shocks too: knocks in half of them are the channel's new way. */
    private static final class Recent {
        final double[] ring = new double[RING];
        final double[] scratch = new double[RING];
        int filled;
        int next;
        boolean shocked;

        double median() {
            System.arraycopy(ring, 0, scratch, 0, filled);
            Arrays.sort(scratch, 0, filled);
            return scratch[filled / 2];
        }

        double spread(double median) {
            for (int i = 0; i < filled; i++) {
                scratch[i] = Math.abs(ring[i] - median);
            }
            Arrays.sort(scratch, 0, filled);
            return MAD_TO_SIGMA * scratch[filled / 2];
        }

        void add(double kurtosis) {
            ring[next] = kurtosis;
            next = (next + 1) % RING;
            filled = Math.min(filled + 1, RING);
        }

        void write(DataOutputStream out) throws IOException {
            Snapshot.doubles(out, ring);
            out.writeInt(filled);
            out.writeInt(next);
            out.writeBoolean(shocked);
        }

        void read(DataInputStream in) throws IOException {
            Snapshot.doubles(in, ring);
            filled = Math.clamp(in.readInt(), 0, RING);
            next = Math.floorMod(in.readInt(), RING);
            shocked = in.readBoolean();
        }
    }

    public ShockDetector(Asset asset) {
        this.asset = asset;
        this.channels = unheard();
        this.owner = "shock/1 " + asset.id() + " " + channels.keySet();
    }

    private Map<String, Recent> unheard() {
        Map<String, Recent> all = new TreeMap<>();
        asset.channels().stream().filter(Channel::isWaveform).forEach(channel -> all.put(channel.id(), new Recent()));
        return all;
    }

    @Override
    public void inspect(Observation observation, Consumer<Finding> findings) {
        if (!(observation instanceof Observation.Vibration seen)
                || seen.quality() == Quality.BAD
                || VibrationDetector.stands(asset, seen.features())) {
            return;
        }
        Recent recent = channels.get(seen.channel().id());
        if (recent == null) {
            return;
        }
        double kurtosis = seen.features().kurtosis();
        boolean shock = false;
        if (recent.filled >= FEWEST && kurtosis > LEAST) {
            double median = recent.median();
            double limit = Math.max(LEAST, Math.max(RATIO * median, median + SPREADS * recent.spread(median)));
            shock = kurtosis > limit;
            if (shock && !recent.shocked) {
                findings.accept(finding(seen, kurtosis, limit, median, recent.filled));
            }
        }
        recent.shocked = shock;
        recent.add(kurtosis);
    }

    private Finding finding(Observation.Vibration seen, double kurtosis, double limit, double median, int before) {
        return new Finding(
                asset.id(),
                seen.channel().id(),
                Finding.Tier.VIBRATION,
                Finding.SPIKE,
                null,
                true,
                seen.timeMicros(),
                kurtosis,
                "1",
                limit,
                "kurtosis of one waveform against the " + before + " before it",
                median,
                Severity.ADVISORY,
                1 - 0.5 * limit / kurtosis,
                1,
                seen.quality(),
                seen.position());
    }

    @Override
    public byte[] snapshot() {
        Map<String, Recent> now = channels;
        return Snapshot.write(owner, out -> {
            for (Recent recent : now.values()) {
                recent.write(out);
            }
        });
    }

    @Override
    public void restore(byte[] snapshot) {
        channels = unheard();
        Map<String, Recent> read = unheard();
        Snapshot.read(owner, snapshot, in -> {
            for (Recent recent : read.values()) {
                recent.read(in);
            }
        });
        channels = read;
    }
}
