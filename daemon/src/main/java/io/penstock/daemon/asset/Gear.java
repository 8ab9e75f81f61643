package io.penstock.daemon.asset;

/**
 * One pair of gear wheels in mesh.
 *
 * @param id unique in the asset, also the fault's location
 * @param channel the acceleration channel nearest to it
 * @param pinionTeeth teeth of the smaller wheel
 * @param wheelTeeth teeth of the larger wheel, as many or more
 * @param shaft which of the two sits on the shaft that {@code ratio} speaks of
 * @param ratio turns of that shaft for one turn of the machine's shaft, whose speed is rated or measured; 1 where it is the same
 */
public record Gear(String id, String channel, int pinionTeeth, int wheelTeeth, Side shaft, double ratio) {
    /** One of the two wheels of a pair. */
    public enum Side {
        PINION,
        WHEEL
    }

    public Gear {
        if (pinionTeeth < 3 || wheelTeeth < pinionTeeth || !(ratio > 0) || Double.isInfinite(ratio)) {
            throw new IllegalArgumentException("gear " + id + ": a pinion of " + pinionTeeth + " teeth, a wheel of "
                    + wheelTeeth + " and a ratio of " + ratio
                    + "; expected 3 teeth or more, the wheel's as many as the pinion's or more, a ratio above 0");
        }
    }

    /** Gear mesh frequency, in orders of the machine's shaft. */
    public double meshOrder() {
        return ratio * (shaft == Side.PINION ? pinionTeeth : wheelTeeth);
    }

    public int teeth(Side side) {
        return side == Side.PINION ? pinionTeeth : wheelTeeth;
    }
}
