package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.MatrixRefused;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.detect.Finding;
import io.penstock.daemon.uplink.Dictionary;
import io.penstock.daemon.uplink.FrameContent;
import io.penstock.daemon.uplink.FrameKey;
import io.penstock.daemon.uplink.FrameSeal;
import io.penstock.daemon.uplink.Summaries;
import io.penstock.daemon.uplink.Summary;
import io.penstock.daemon.uplink.SummaryCodec;
import io.penstock.sensors.reading.Quality;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench uplink}: how many bytes a diagnosis takes on the metered link, and how fast frames are sealed. */
@Command(
        name = "uplink",
        description = {
            "Diagnoses made up from the shipped symptom matrices, each sealed in a frame of its own.",
            "Bytes on the link, against the same content as JSON and as CBOR without encryption; frames sealed a second."
        })
final class UplinkBench implements Callable<Integer> {
    private static final int MOST_ASSETS = 12;
    private static final long YEAR_MICROS = 365L * 86_400_000_000L;
    private static final long MONTH_MICROS = 30L * 86_400_000_000L;
    private static final int MEDIAN_REACH = 48;
    private static final int P99_REACH = 96;

    @Option(
            names = "--diagnoses",
            paramLabel = "N",
            defaultValue = "4000",
            description = "How many, 100 to 1000000 (default: 4000).")
    int diagnoses;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of what is made up (default: 1).")
    long seed;

    @Option(names = "--json", description = "One JSON object a measure.")
    boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    /** Read when something is measured, not with every command line. */
    private static final class Sent {
        static final Dictionary DICTIONARY = Dictionary.shipped();
        static final SummaryCodec CODEC = new SummaryCodec(DICTIONARY);
        static final List<String> ASSETS =
                IntStream.rangeClosed(1, MOST_ASSETS).mapToObj(i -> "unit-" + i).toList();
        static final FrameKey KEY = FrameKey.parse("1 " + "5a".repeat(44));
    }

    @Override
    public Integer call() throws IOException, MatrixRefused {
        if (diagnoses < 100 || diagnoses > 1_000_000) {
            throw new ParameterException(
                    spec.commandLine(), "--diagnoses is " + diagnoses + ", expected 100 to 1000000");
        }
        List<Summary> summaries = madeUp();
        ObjectMapper text = new ObjectMapper();
        ObjectMapper binary = new ObjectMapper(new CBORFactory());
        Random random = new Random(seed + 1);
        int[] frames = new int[diagnoses];
        int[] asJson = new int[diagnoses];
        int[] asCbor = new int[diagnoses];
        for (int i = 0; i < diagnoses; i++) {
            Summary summary = summaries.get(i);
            frames[i] = frame(summary, random.nextInt(100_000)).length;
            ObjectNode plain = plain(text, summary);
            asJson[i] = text.writeValueAsBytes(plain).length;
            asCbor[i] = binary.writeValueAsBytes(plain).length;
        }
        List<Map<String, Object>> measures = List.of(
                measure("frame, encrypted and authenticated", frames),
                measure("CBOR with names, not encrypted", asCbor),
                measure("JSON, not encrypted", asJson));
        double rate = rate(summaries);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            measures.forEach(each -> Console.json(out, each));
            Console.json(out, Map.of("what", "frames sealed a second, one thread", "median", Math.round(rate)));
            return ExitCode.DONE;
        }
        Console.table(
                out,
                List.of("BYTES OF ONE DIAGNOSIS", "MEDIAN", "P95", "P99", "MOST"),
                measures.stream()
                        .map(each -> each.values().stream().map(String::valueOf).toList())
                        .toList());
        Arrays.sort(frames);
        out.println("Reach: median at most " + MEDIAN_REACH + ", p99 at most " + P99_REACH + ": "
                + (at(frames, 0.5) <= MEDIAN_REACH && at(frames, 0.99) <= P99_REACH ? "reached" : "NOT reached"));
        out.println(String.format(
                Locale.ROOT,
                "%,d diagnoses of %d kinds of machine, seed %d; %d name a fault the dictionary has not. %,.0f frames"
                        + " sealed a second on one thread.",
                diagnoses,
                ShippedMatrices.KINDS.size(),
                seed,
                unnamed(summaries),
                rate));
        return ExitCode.DONE;
    }

    private long unnamed(List<Summary> summaries) {
        return summaries.stream()
                .filter(summary -> !Sent.DICTIONARY.faults().contains(summary.fault()))
                .count();
    }

    /** The lines a fault shows, with values of any size; ranked by the matrix as live ones are. */
    private List<Summary> madeUp() throws MatrixRefused {
        List<SymptomMatrix> matrices = new ArrayList<>();
        for (String kind : ShippedMatrices.KINDS) {
            matrices.add(ShippedMatrices.of(kind));
        }
        Summaries told = new Summaries(Sent.ASSETS, Sent.DICTIONARY);
        Random random = new Random(seed);
        long from = Instant.parse("2026-06-01T00:00:00Z").getEpochSecond() * 1_000_000;
        List<Summary> all = new ArrayList<>();
        while (all.size() < diagnoses) {
            SymptomMatrix matrix = matrices.get(random.nextInt(matrices.size()));
            Fault fault = matrix.faults().get(random.nextInt(matrix.faults().size()));
            long opened = from + random.nextLong(YEAR_MICROS);
            List<EvidenceLine> lines = new ArrayList<>();
            for (String symptom : fault.symptoms().keySet()) {
                if (random.nextInt(3) > 0) {
                    lines.add(line(lines.size() + 1, symptom, opened, random));
                }
            }
            if (lines.isEmpty()) {
                continue;
            }
            long later = opened + random.nextLong(MONTH_MICROS);
            boolean open = random.nextBoolean();
            CaseRecord record = new CaseRecord(
                    "case",
                    Sent.ASSETS.get(random.nextInt(MOST_ASSETS)),
                    1,
                    opened,
                    later,
                    open ? 0 : later,
                    Severity.values()[random.nextInt(Severity.values().length)],
                    lines,
                    matrix.rank(lines),
                    "unit");
            all.add(told.of(record, random.nextDouble()).orElseThrow());
        }
        return all;
    }

    /** One of those the dictionary has for it, or one it has not. */
    private String unit(String symptom, Random random) {
        List<String> units = Sent.DICTIONARY.symptoms().stream()
                .filter(each -> each.name().equals(symptom))
                .map(Dictionary.Symptom::unit)
                .toList();
        String unit = units.isEmpty() ? "?" : units.get(random.nextInt(units.size()));
        return unit.equals(Dictionary.OWN_UNIT) ? "W" : unit;
    }

    private EvidenceLine line(int number, String symptom, long micros, Random random) {
        double value = Math.pow(10, random.nextDouble() * 5 - 2);
        return new EvidenceLine(
                number,
                null,
                Finding.Tier.values()[random.nextInt(Finding.Tier.values().length)],
                symptom,
                null,
                true,
                micros,
                micros,
                value,
                unit(symptom, random),
                Double.NaN,
                "",
                Double.NaN,
                Severity.WARNING,
                random.nextDouble(),
                0,
                Quality.GOOD,
                1);
    }

    private byte[] frame(Summary summary, long counter) {
        int room = FrameSeal.LONGEST - FrameSeal.overhead(counter, FrameSeal.LONGEST);
        return FrameSeal.seal(
                Sent.KEY,
                counter,
                FrameContent.pack(Sent.CODEC, List.of(summary), room).content());
    }

    /** The same content with its names, numbers rounded alike. */
    private ObjectNode plain(ObjectMapper mapper, Summary summary) {
        long hour = summary.minutes() / 60;
        Summary sent = Sent.CODEC.decode(Sent.CODEC.encode(summary, hour), hour).orElseThrow();
        ObjectNode plain = mapper.createObjectNode();
        plain.put("asset", Sent.ASSETS.get(sent.asset()));
        plain.put("case", sent.caseNumber());
        plain.put("time", Summaries.time(sent).getEpochSecond());
        plain.put("fault", sent.fault());
        plain.put("severity", sent.severity().name().toLowerCase(Locale.ROOT));
        plain.put("confidence", Math.round(sent.confidence() * 100) / 100f);
        plain.put("closed", sent.closed());
        ArrayNode evidence = plain.putArray("evidence");
        sent.evidence()
                .forEach(each -> evidence.addObject()
                        .put("symptom", each.symptom())
                        .put("value", (float) each.value())
                        .put("unit", each.unit()));
        return plain;
    }

    private static Map<String, Object> measure(String what, int[] bytes) {
        int[] sorted = bytes.clone();
        Arrays.sort(sorted);
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("what", what);
        line.put("median", at(sorted, 0.5));
        line.put("p95", at(sorted, 0.95));
        line.put("p99", at(sorted, 0.99));
        line.put("most", sorted[sorted.length - 1]);
        return line;
    }

    private static int at(int[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    }

    /** By the clock, one thread, the median of five rounds after a warm-up. */
    private double rate(List<Summary> summaries) {
        double[] rates = new double[6];
        for (int round = 0; round < rates.length; round++) {
            long start = System.nanoTime();
            long done = 0;
            long bytes = 0;
            do {
                for (Summary summary : summaries) {
                    bytes += frame(summary, done++).length;
                }
            } while (System.nanoTime() - start < 500_000_000);
            if (bytes < done) {
                throw new IllegalStateException("a frame of no bytes"); // so that no result goes unused
            }
            rates[round] = done * 1e9 / (System.nanoTime() - start);
        }
        double[] warm = Arrays.copyOfRange(rates, 1, rates.length);
        Arrays.sort(warm);
        return warm[warm.length / 2];
    }
}
