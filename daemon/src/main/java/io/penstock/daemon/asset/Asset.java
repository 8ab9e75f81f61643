package io.penstock.daemon.asset;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One machine.
 *
 * @param id unique in a site
 * @param kind the symptom matrix to use, for example {@code hydro_francis}
 * @param ratedRpm rated shaft speed, revolutions per minute
 * @param blades runner blades or impeller vanes, where known
 * @param lineHz mains frequency, hertz
 * @param channels in the order of the asset's state vector
 * @param bearings rolling bearings with known geometry
 * @param operatingPoints how its operation is divided; null: one baseline for all of it
 * @param gears gear wheels whose teeth are known
 * @param zones the table its vibration velocity is held against, where a channel has no limit of its own
 */
public record Asset(
        String id,
        String kind,
        OptionalDouble ratedRpm,
        OptionalInt blades,
        double lineHz,
        List<Channel> channels,
        List<Bearing> bearings,
        @Nullable OperatingPoints operatingPoints,
        List<Gear> gears,
        VibrationZones zones) {
    public Asset {
        channels = List.copyOf(channels);
        bearings = List.copyOf(bearings);
        gears = List.copyOf(gears);
    }

    /** A machine without gears, held against the usual table. */
    public Asset(
            String id,
            String kind,
            OptionalDouble ratedRpm,
            OptionalInt blades,
            double lineHz,
            List<Channel> channels,
            List<Bearing> bearings,
            @Nullable OperatingPoints operatingPoints) {
        this(id, kind, ratedRpm, blades, lineHz, channels, bearings, operatingPoints, List.of(), VibrationZones.USUAL);
    }

    /** A machine with one operating point. */
    public Asset(
            String id,
            String kind,
            OptionalDouble ratedRpm,
            OptionalInt blades,
            double lineHz,
            List<Channel> channels,
            List<Bearing> bearings) {
        this(id, kind, ratedRpm, blades, lineHz, channels, bearings, null);
    }

    /** The channels without their limits: what the detectors' memory depends on. */
    public List<Channel> measured() {
        return channels.stream().map(Channel::withoutLimits).toList();
    }

    /** The channel of that id, or null where the asset has none. */
    public @Nullable Channel channel(String id) {
        for (Channel channel : channels) {
            if (channel.id().equals(id)) {
                return channel;
            }
        }
        return null;
    }
}
