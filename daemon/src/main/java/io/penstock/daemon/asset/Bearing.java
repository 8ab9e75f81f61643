package io.penstock.daemon.asset;

/**
 * Geometry of a rolling bearing with a turning inner and a standing outer ring.
 *
 * @param id unique in the asset, also the fault's location
 * @param channel the acceleration channel nearest to it
 */
public record Bearing(
        String id, String channel, int balls, double ballDiameterMm, double pitchDiameterMm, double contactAngleDeg) {
    public Bearing {
        if (balls < 3 || !(ballDiameterMm > 0) || !(pitchDiameterMm > ballDiameterMm)) {
            throw new IllegalArgumentException("bearing " + id + ": " + balls + " balls of " + ballDiameterMm
                    + " mm on a pitch circle of " + pitchDiameterMm + " mm is no bearing");
        }
    }

    private double ratio() {
        return ballDiameterMm / pitchDiameterMm * Math.cos(Math.toRadians(contactAngleDeg));
    }

    /** Ball pass frequency of the outer ring, in shaft orders. */
    public double outerOrder() {
        return balls / 2.0 * (1 - ratio());
    }

    /** Ball pass frequency of the inner ring, in shaft orders. */
    public double innerOrder() {
        return balls / 2.0 * (1 + ratio());
    }

    /** Ball spin frequency, in shaft orders. */
    public double ballOrder() {
        return pitchDiameterMm / (2 * ballDiameterMm) * (1 - ratio() * ratio());
    }

    /** Cage (fundamental train) frequency, in shaft orders. */
    public double cageOrder() {
        return (1 - ratio()) / 2;
    }
}
