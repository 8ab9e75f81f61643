package io.penstock.daemon.window;

import io.penstock.daemon.asset.Asset;
import io.penstock.daemon.asset.Bearing;
import io.penstock.daemon.asset.Channel;
import io.penstock.daemon.asset.Gear;
import io.penstock.daemon.window.VibrationFeatures.ElementScore;
import io.penstock.daemon.window.VibrationFeatures.GearScore;
import io.penstock.daemon.window.VibrationFeatures.Order;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The features of a waveform of acceleration, by the physics of rotating machines and nothing learned. Transforms and buffers
 * are kept per length and rate and used again, at most {@value #KEPT} sets. Not thread-safe.
 *
 * <p>A waveform of a length whose transform would be slow is cut by less than three percent at its end.
 */
public final class VibrationAnalysis implements WaveformAnalysis {
    /** Standard acceleration of free fall, m/s2 (CGPM 1901). */
    public static final double STANDARD_GRAVITY = 9.80665;

    /** Units of acceleration of which it can make a velocity. */
    public static final List<String> UNITS = List.of("g", "[g]", "m/s2", "mm/s2");

    /** Fewer samples hold no line that could be told from its neighbours. */
    public static final int LEAST_SAMPLES = 256;

    private static final int KEPT = 16;
    private static final double[] ORDERS = {0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6};
    private static final double HIGH_BAND_HZ = 5000;
    private static final double ENVELOPE_FROM_HZ = 500;
    /** Anti-aliasing filters leave nothing to be trusted beyond this part of the rate. */
    private static final double USABLE = 0.48;

    private final Map<Shape, Spectrum> spectra = bounded();
    private final Map<Shape, Envelope> envelopes = bounded();
    private final double[] scratch = new double[128];

    private record Shape(int length, double rateHz, double highestHz) {}

    private static <V> Map<Shape, V> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Shape, V> eldest) {
                return size() > KEPT;
            }
        };
    }

    /**
     * @throws IllegalArgumentException with fewer than {@value #LEAST_SAMPLES} samples, with a sample that is no finite number,
     *     or with a unit of which no velocity can be made
     */
    @Override
    public VibrationFeatures analyse(Asset asset, Channel channel, float[] samples, double rateHz, double shaftHz) {
        if (samples.length < LEAST_SAMPLES) {
            throw new IllegalArgumentException("channel " + channel.id() + ": a waveform of " + samples.length
                    + " samples is too short, expected at least " + LEAST_SAMPLES);
        }
        double toMillimetres = millimetresPerSecondSquared(channel);
        int length = Spectrum.fastLengthUpTo(samples.length);
        Moments moments = Moments.of(samples, channel.id());
        Spectrum spectrum =
                spectra.computeIfAbsent(new Shape(length, rateHz, 0), shape -> new Spectrum(shape.length()));
        spectrum.load(samples, moments.mean(), rateHz);

        double top = USABLE * rateHz;
        double highFrom = top > 1.1 * HIGH_BAND_HZ ? HIGH_BAND_HZ : top * 2 / 3;
        double shaft = shaftSpeed(asset, spectrum, shaftHz);
        double bladePass = asset.blades().isPresent() ? shaft * asset.blades().getAsInt() : Double.NaN;
        return new VibrationFeatures(
                moments.rms(),
                moments.peak(),
                moments.kurtosis(),
                moments.crest(),
                Math.sqrt(spectrum.integratedMeanSquare(10, Math.min(1000, top))) * toMillimetres,
                Math.sqrt(spectrum.meanSquare(highFrom, top)),
                Double.isNaN(bladePass) ? Double.NaN : spectrum.modulationDepth(highFrom, top, bladePass),
                shaft,
                orders(asset, spectrum, shaft, toMillimetres),
                lineTwice(asset, spectrum, shaft) * toMillimetres,
                elements(asset, spectrum, shaft, rateHz),
                gears(asset, channel, spectrum, shaft));
    }

    private static double millimetresPerSecondSquared(Channel channel) {
        return switch (channel.unit()) {
            case "g", "[g]" -> 1000 * STANDARD_GRAVITY;
            case "m/s2" -> 1000;
            case "mm/s2" -> 1;
            default ->
                throw new IllegalArgumentException("channel " + channel.id() + ": unit is \"" + channel.unit()
                        + "\", expected an acceleration in g, m/s2 or mm/s2");
        };
    }

    private double shaftSpeed(Asset asset, Spectrum spectrum, double measuredHz) {
        if (measuredHz <= 0) {
            return Double.NaN; // it stands still: no order, no element
        }
        boolean measured = !Double.isNaN(measuredHz);
        double hint = measured ? measuredHz : asset.ratedRpm().orElse(Double.NaN) / 60;
        if (!(hint > 0)) {
            return Double.NaN;
        }
        return ShaftSpeed.refine(spectrum, hint, measured ? 0.015 : 0.04, scratch);
    }

    private static List<Order> orders(Asset asset, Spectrum spectrum, double shaft, double toMillimetres) {
        if (Double.isNaN(shaft)) {
            return List.of();
        }
        List<Order> orders = new ArrayList<>(ORDERS.length + 1);
        for (double order : ORDERS) {
            addOrder(orders, order, spectrum, shaft, toMillimetres);
        }
        asset.blades().ifPresent(blades -> {
            if (blades > ORDERS[ORDERS.length - 1]) {
                addOrder(orders, blades, spectrum, shaft, toMillimetres);
            }
        });
        return orders;
    }

    private static void addOrder(
            List<Order> orders, double order, Spectrum spectrum, double shaft, double toMillimetres) {
        double hertz = order * shaft;
        // below three bins a line cannot be told from the mean
        if (hertz < 3 * spectrum.hertzPerBin() || hertz > (spectrum.size() - 3) * spectrum.hertzPerBin()) {
            return;
        }
        orders.add(new Order(order, spectrum.integratedLineRms(hertz, 0.003 * hertz) * toMillimetres));
    }

    /** NaN where a low multiple of the shaft or the blade pass stands too near to be told apart at this resolution. */
    private static double lineTwice(Asset asset, Spectrum spectrum, double shaft) {
        double hertz = 2 * asset.lineHz();
        double apart = 2.5 * spectrum.hertzPerBin();
        if (!(hertz > 0) || hertz > (spectrum.size() - 3) * spectrum.hertzPerBin()) {
            return Double.NaN;
        }
        if (!Double.isNaN(shaft)) {
            double order = Math.rint(hertz / shaft);
            boolean strong = order <= 4
                    || (asset.blades().isPresent() && order == asset.blades().getAsInt());
            if (order >= 1 && strong && Math.abs(hertz - order * shaft) < apart) {
                return Double.NaN;
            }
        }
        return spectrum.integratedLineRms(hertz, 0.003 * hertz);
    }

    private List<GearScore> gears(Asset asset, Channel channel, Spectrum spectrum, double shaft) {
        List<Gear> own = own(asset, channel);
        return own.isEmpty() || Double.isNaN(shaft) ? List.of() : new GearLines(spectrum, shaft, scratch).score(own);
    }

    private static List<Gear> own(Asset asset, Channel channel) {
        return asset.gears().stream()
                .filter(gear -> gear.channel().equals(channel.id()))
                .toList();
    }

    private List<ElementScore> elements(Asset asset, Spectrum spectrum, double shaft, double rateHz) {
        List<Bearing> bearings = asset.bearings();
        boolean tooSlowToHearAHousingRing = USABLE * rateHz < 2 * ENVELOPE_FROM_HZ;
        if (bearings.isEmpty() || Double.isNaN(shaft) || tooSlowToHearAHousingRing) {
            return List.of();
        }
        Shape shape = envelopeShape(bearings, spectrum, shaft, rateHz);
        Envelope envelope = envelopes.computeIfAbsent(shape, wanted -> envelope(spectrum, wanted));
        envelope.load(spectrum, shaft / 2);
        return ElementLines.score(bearings, envelope, shaft);
    }

    private static Shape envelopeShape(List<Bearing> bearings, Spectrum spectrum, double shaft, double rateHz) {
        // in steps, so that a speed that moves a little finds the buffers it had
        double highest = ElementLines.highestOrder(bearings) * shaft;
        double step = Math.max(50, 16 * spectrum.hertzPerBin());
        return new Shape(spectrum.length(), rateHz, Math.ceil(highest / step) * step);
    }

    private static Envelope envelope(Spectrum spectrum, Shape shape) {
        return new Envelope(spectrum, ENVELOPE_FROM_HZ, USABLE * shape.rateHz(), shape.highestHz());
    }

    /**
     * The envelope spectrum behind the elements' scores of {@link #analyse}, to be looked at; in buffers of its own.
     *
     * @return empty where no bearing is known, or no speed
     * @throws IllegalArgumentException as {@link #analyse}
     */
    public Optional<EnvelopeSpectrum> envelope(
            Asset asset, Channel channel, float[] samples, double rateHz, double shaftHz) {
        VibrationFeatures features = analyse(asset, channel, samples, rateHz, shaftHz);
        if (features.elements().isEmpty()) {
            return Optional.empty();
        }
        Spectrum spectrum = new Spectrum(Spectrum.fastLengthUpTo(samples.length));
        spectrum.load(samples, Moments.of(samples, channel.id()).mean(), rateHz);
        double shaft = features.shaftHz();
        Envelope envelope = envelope(spectrum, envelopeShape(asset.bearings(), spectrum, shaft, rateHz));
        envelope.load(spectrum, shaft / 2);
        return Optional.of(new EnvelopeSpectrum(shaft, envelope, features.elements()));
    }

    /**
     * The spectrum behind the gears' scores of {@link #analyse}, to be looked at; in buffers of its own.
     *
     * @return empty where no gear of this channel is known, or no speed
     * @throws IllegalArgumentException as {@link #analyse}
     */
    public Optional<GearSpectrum> gearSpectrum(
            Asset asset, Channel channel, float[] samples, double rateHz, double shaftHz) {
        VibrationFeatures features = analyse(asset, channel, samples, rateHz, shaftHz);
        if (features.gears().isEmpty()) {
            return Optional.empty();
        }
        Spectrum spectrum = new Spectrum(Spectrum.fastLengthUpTo(samples.length));
        spectrum.load(samples, Moments.of(samples, channel.id()).mean(), rateHz);
        return Optional.of(new GearSpectrum(spectrum, features));
    }
}
