package io.penstock.daemon;

import io.penstock.daemon.detect.LearnedChannel;
import io.penstock.fixtures.plant.HydroUnit;
import io.penstock.fixtures.plant.Scalar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Thirty days of a simulated unit that nothing is wrong with, as one run: its load changes every two hours, on two days of three it stands
 * for an hour and a half, nights are colder than days, the weather changes, the season warms it. Sensors are noisy, miss readings and say
 * some twice; once a day one spikes. The gateway is restarted every third day. It is read every 10 s and shaken every 10 min while it
 * turns. Its main tells the cases of each seed: {@code HealthyMonth SEED...}.
 */
final class HealthyMonth {
    private static final long START = 1_800_000_000_000_000L;
    private static final int STEP = 10;
    private static final int DAYS = 30;
    private static final int DAY = 86_400;
    private static final double[] LOADS = {0.85, 0.6, 0.35, 0.6};
    private static final int LOAD_SECONDS = 7_200;
    /** It stands in the sixth such stretch of two days of three, for less than its vibration is missed. */
    private static final int STANDS = 5_400;

    private static final double WARMS_BY_DAY = 2;
    private static final double WARMS_BY_SEASON = 5;
    private static final double WEATHER = 1.5;
    /** Bearings and oil take so long to follow, seconds. */
    private static final double HEAT_LAG = 300;

    private final long seed;
    private final LiveChain chain;
    private final HydroUnit unit;
    private final Random random;
    private final Map<Scalar, Double> heat = new EnumMap<>(Scalar.class);
    private double weather;

    /** @param folder for the configuration */
    HealthyMonth(Path folder, long seed) throws Exception {
        this.seed = seed;
        chain = LiveChain.ofUnit(folder, "5, 28, 44", "30m");
        unit = new HydroUnit(seed, LOADS[0]);
        random = new Random(seed);
        for (int second = LOAD_SECONDS; second < DAYS * DAY; second += LOAD_SECONDS) {
            unit.changeLoad(LOADS[second / LOAD_SECONDS % LOADS.length], second);
        }
    }

    /** Once only. */
    HealthyMonth play() throws Exception {
        for (int second = 0; second < DAYS * DAY; second += STEP) {
            read(second);
            chain.tick(START + second * 1_000_000L);
            if (second > 0 && second % (3 * DAY) == 0) {
                chain.restart();
            }
        }
        return this;
    }

    /** What opened a case, in words. */
    List<String> story() {
        return chain.story(START);
    }

    List<LearnedChannel> learned() {
        return chain.learned();
    }

    @Override
    public String toString() {
        return "seed " + seed + ": " + story().size() + " cases in " + DAYS + " healthy days\n"
                + story().stream().map(line -> "  " + line + "\n").collect(Collectors.joining());
    }

    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws Exception {
        for (String seed : args) {
            Path folder = Files.createTempDirectory("healthy-month");
            try {
                System.out.print(new HealthyMonth(folder, Long.parseLong(seed)).play());
            } finally {
                for (String file : List.of("a.toml", "penstock.toml")) {
                    Files.deleteIfExists(folder.resolve(file));
                }
                Files.delete(folder);
            }
        }
    }

    private static boolean stands(int second) {
        int day = second / DAY;
        int within = second % DAY - 5 * LOAD_SECONDS;
        return day % 3 != 2 && within >= 0 && within < STANDS;
    }

    private void read(int second) {
        long time = START + second * 1_000_000L;
        boolean stands = stands(second);
        weather += STEP * (-weather / DAY + WEATHER * Math.sqrt(2.0 / DAY / STEP) * random.nextGaussian());
        boolean spikes = second % DAY == 50_000;
        for (Map.Entry<Scalar, Double> entry : unit.scalars(second).entrySet()) {
            String channel = entry.getKey().channel();
            double value = value(entry.getKey(), entry.getValue(), second, stands);
            if (spikes && entry.getKey() == Scalar.FLOW_M3_S) {
                value *= 1.5;
            }
            if (random.nextInt(500) != 0) {
                chain.accept(channel, time, value);
            }
            if (random.nextInt(500) == 0) {
                chain.accept(channel, time, value);
            }
        }
        if (second % 600 == 0 && !stands) {
            chain.shake(unit, second, time);
        }
    }

    private double value(Scalar scalar, double turning, int second, boolean stands) {
        double season = WARMS_BY_SEASON * second / (DAYS * DAY);
        double air = season + weather + WARMS_BY_DAY * Math.sin(2 * Math.PI * second / DAY);
        return switch (scalar) {
            case BEARING_TEMP_C, OIL_TEMP_C -> {
                double wanted = (stands ? 15 : turning) + air;
                double now = heat.getOrDefault(scalar, wanted);
                now += (wanted - now) * STEP / HEAT_LAG;
                heat.put(scalar, now);
                yield now + 0.1 * random.nextGaussian();
            }
            default -> stands ? 0.002 * turning * random.nextGaussian() : turning * (1 + 0.001 * random.nextGaussian());
        };
    }
}
