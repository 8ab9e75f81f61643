package io.penstock.daemon.cli;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.fleet.Verdict;
import io.penstock.daemon.hub.Arrival;
import io.penstock.daemon.hub.ArrivalQueue;
import io.penstock.daemon.hub.HubDatabase;
import io.penstock.daemon.hub.HubSettings;
import io.penstock.daemon.hub.Intake;
import io.penstock.daemon.hub.StoreAddress;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.Summary;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.daemon.uplink.Tariff;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench hub}: frames of many sites from their bytes to committed rows. */
@Command(
        name = "hub",
        description = "Frames of many simulated sites, each with its own key, from their bytes to committed rows.")
final class HubBench implements Callable<Integer> {
    private static final int QUEUE = 10_000;
    private static final int BATCH = 2_000;
    private static final int KNOWN_AGAIN = 10_000;
    private static final double REACH = 5_000;
    private static final long EPOCH_MINUTES =
            ChronoUnit.MINUTES.between(Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2026-11-01T00:00:00Z"));

    @Option(names = "--sites", paramLabel = "N", defaultValue = "10000", description = "Sites (default: 10000).")
    int sites;

    @Option(names = "--frames", paramLabel = "N", defaultValue = "100000", description = "Frames (default: 100000).")
    int frames;

    @Option(names = "--seed", defaultValue = "1", description = "Another seed, other frames.")
    long seed;

    @Option(
            names = "--disk",
            paramLabel = "FOLDER",
            description = "Where the SQLite file lies (default: the system's).")
    @Nullable
    Path disk;

    @Option(
            names = "--postgresql",
            paramLabel = "URL",
            description = "jdbc:postgresql://HOST:PORT/DATABASE, an empty database, instead of SQLite.")
    @Nullable
    String postgresql;

    @Option(names = "--user", defaultValue = "penstock", description = "PostgreSQL's user (default: penstock).")
    String user = "penstock";

    @Option(names = "--password-file", paramLabel = "FILE", description = "The file with its password.")
    @Nullable
    Path passwordFile;

    @Option(names = "--json", description = "As one JSON object.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** Read when something is measured, not with every command line. */
    private static final class Words {
        static final Dictionary DICTIONARY = Dictionary.shipped();
        static final SummaryCodec CODEC = new SummaryCodec(DICTIONARY);
    }

    private record Made(String site, byte[] frame) {}

    @Override
    public Integer call() throws Exception {
        if (sites < 1 || frames < sites || sites > 1_000_000) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--sites " + sites + " --frames " + frames + ", expected a frame a site or more");
        }
        String url = postgresql;
        try (ScratchFolder folder = ScratchFolder.in(disk, "penstock-bench-hub")) {
            Map<String, Object> told = measure(
                    url == null
                            ? new StoreAddress.Sqlite(folder.path().resolve("hub.db"))
                            : new StoreAddress.Postgresql(url, user, passwordFile),
                    folder.path());
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                Console.json(out, told);
            } else {
                told.forEach((what, value) ->
                        out.println(String.format(Locale.ROOT, "%-34s %s", what.replace('_', ' '), value)));
            }
            return ExitCode.DONE;
        }
    }

    private Map<String, Object> measure(StoreAddress store, Path folder) throws Exception {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("store", store instanceof StoreAddress.Sqlite ? "SQLite" : "PostgreSQL");
        told.put("sites", sites);
        told.put("frames", frames);
        long empty = heap();
        Map<String, SiteSettings> known = new HashMap<>();
        List<Made> made = made(known);
        long length = made.stream().mapToLong(each -> each.frame().length).sum();
        told.put("bytes_a_frame", Math.round(10.0 * length / frames) / 10.0);
        HubSettings settings = settings(store, folder);
        try (HubDatabase database = HubDatabase.of(store)) {
            ArrivalQueue queue = new ArrivalQueue(QUEUE);
            Intake intake = intake(database, settings, queue, known);
            long start = System.nanoTime();
            intake.open();
            told.put("first_start_s", seconds(start));
            // what a running hub has compiled and cached is no part of a rate
            int warm = Math.min(frames / 10, 20_000);
            through(intake, queue, made.subList(0, warm));
            long cpu = processorNanos();
            start = System.nanoTime();
            int taken = through(intake, queue, made.subList(warm, made.size()));
            double took = seconds(start);
            if (taken != frames - warm) {
                throw new IOException(taken + " of " + (frames - warm) + " frames were taken; is the database empty?");
            }
            double rate = taken / took;
            told.put("frames_a_second", Math.round(rate));
            told.put("reach_5000_a_second", rate >= REACH ? "reached" : "NOT reached");
            told.put("processor_us_a_frame", Math.round((processorNanos() - cpu) / 1e3 / taken * 10) / 10.0);
            start = System.nanoTime();
            intake.save();
            told.put("save_of_all_sites_s", seconds(start));
            List<Made> again = List.copyOf(made.subList(made.size() - Math.min(KNOWN_AGAIN, frames), made.size()));
            made.clear();
            told.put("heap_of_the_hub_mib", (heap() - empty) >> 20);
            database.close();
            restarted(store, settings, known, again, told);
        }
        return told;
    }

    /** A hub that starts on what the first has left knows every frame. */
    private static void restarted(
            StoreAddress store,
            HubSettings settings,
            Map<String, SiteSettings> known,
            List<Made> again,
            Map<String, Object> told)
            throws Exception {
        try (HubDatabase database = HubDatabase.of(store)) {
            ArrivalQueue queue = new ArrivalQueue(QUEUE);
            Intake intake = intake(database, settings, queue, known);
            long start = System.nanoTime();
            intake.open();
            told.put("restart_s", seconds(start));
            told.put("taken_twice_of_" + again.size() + "_sent_again", through(intake, queue, again));
        }
    }

    private static Intake intake(
            HubDatabase database, HubSettings settings, ArrivalQueue queue, Map<String, SiteSettings> known) {
        return new Intake(database, settings, queue, () -> known, receipt -> {}, () -> {}, InstantSource.system());
    }

    private static HubSettings settings(StoreAddress store, Path folder) {
        return new HubSettings(
                store,
                folder,
                new HubSettings.Standard(Tariff.free("USD"), 0, Duration.ofDays(1)),
                QUEUE,
                BATCH,
                Duration.ofDays(400),
                Duration.ofDays(730),
                null,
                null,
                new HubSettings.Folder(folder, null, Duration.ofSeconds(1)),
                null);
    }

    /** Brings them from another thread, and steps the intake until all are answered. Returns how many were taken. */
    private static int through(Intake intake, ArrivalQueue queue, List<Made> frames)
            throws StoreFailed, InterruptedException, ExecutionException {
        AtomicInteger taken = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(frames.size());
        try (ExecutorService bringer = Executors.newSingleThreadExecutor()) {
            Future<Boolean> brought = bringer.submit(() -> {
                for (Made each : frames) {
                    Arrival arrival = new Arrival(each.site(), each.frame(), verdict -> {
                        if (verdict instanceof Verdict.Taken) {
                            taken.incrementAndGet();
                        }
                        answered.countDown();
                    });
                    if (!queue.offer(arrival, Duration.ofMinutes(1))) {
                        return false;
                    }
                }
                return true;
            });
            while (answered.getCount() > 0 && !(brought.isDone() && !brought.get())) {
                intake.runOnce();
            }
        }
        return taken.get();
    }

    private List<Made> made(Map<String, SiteSettings> known) {
        Random random = new Random(seed);
        List<Made> all = new ArrayList<>(frames);
        byte[] secret = new byte[44];
        for (int site = 0; site < sites; site++) {
            String name = String.format(Locale.ROOT, "site-%05d", site);
            random.nextBytes(secret);
            FrameKey key = FrameKey.parse("1 " + HexFormat.of().formatHex(secret));
            known.put(
                    name, new SiteSettings(name, Map.of(1, key), List.of(), Tariff.free("USD"), 0, Duration.ofDays(1)));
            for (long counter = 0; counter < frames / sites + (site < frames % sites ? 1 : 0); counter++) {
                all.add(new Made(name, frame(key, counter, random)));
            }
        }
        Collections.shuffle(all, random);
        return all;
    }

    private static byte[] frame(FrameKey key, long counter, Random random) {
        long minutes = EPOCH_MINUTES + random.nextInt(40_000);
        List<Summary.Evidence> evidence = new ArrayList<>();
        for (int i = 0; i < Summary.MOST_EVIDENCE; i++) {
            Dictionary.Symptom symptom = Words.DICTIONARY
                    .symptoms()
                    .get(random.nextInt(Words.DICTIONARY.symptoms().size()));
            evidence.add(new Summary.Evidence(symptom.name(), symptom.unit(), random.nextDouble() * 100));
        }
        Summary summary = new Summary(
                random.nextInt(8),
                random.nextInt(4_096),
                minutes,
                Words.DICTIONARY
                        .faults()
                        .get(random.nextInt(Words.DICTIONARY.faults().size())),
                Severity.values()[random.nextInt(Severity.values().length)],
                random.nextDouble(),
                random.nextBoolean(),
                evidence);
        int room = FrameSeal.LONGEST - FrameSeal.overhead(counter, FrameSeal.LONGEST);
        return FrameSeal.seal(
                key,
                counter,
                FrameContent.pack(Words.CODEC, List.of(summary), room).content());
    }

    private static double seconds(long sinceNanos) {
        return Math.round((System.nanoTime() - sinceNanos) / 1e6) / 1e3;
    }

    private static long processorNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos();
    }

    /** What is reachable, bytes. */
    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
