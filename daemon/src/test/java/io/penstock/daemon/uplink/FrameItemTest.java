package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.EvidenceLine;
import io.penstock.daemon.detect.Finding;
import io.penstock.sensors.reading.Quality;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameItemTest {
    private static final SummaryCodec CODEC = new SummaryCodec(Dictionary.shipped());
    private static final FrameKey KEY = FrameKey.parse("1 " + "0f".repeat(32) + "a5".repeat(12));

    private static NodeHealth health(int assets, long most) {
        List<Optional<Severity>> worst = new ArrayList<>();
        for (int i = 0; i < assets; i++) {
            worst.add(i % 4 == 0 ? Optional.empty() : Optional.of(Severity.values()[i % 4 - 1]));
        }
        int number = (int) Math.min(Integer.MAX_VALUE, most);
        return new NodeHealth(475_000, number, number, number / 2, most, number, number, number, number, true, worst);
    }

    private static List<FrameItem> over(List<FrameItem> items) throws Exception {
        byte[] content = FrameContent.packItems(CODEC, items, 300).content();
        byte[] frame = FrameSeal.seal(KEY, 70_000, content);
        assertThat(frame.length).isLessThanOrEqualTo(FrameSeal.LONGEST);
        return FrameContent.items(CODEC, FrameSeal.open(Map.of(1, KEY), frame).content())
                .orElseThrow();
    }

    @Test
    void aGatewaysHealthComesOutAsItWentIn() throws Exception {
        for (int assets : new int[] {0, 1, 4, 5, 255}) {
            NodeHealth sent = health(assets, 12_345);
            assertThat(over(List.of(new FrameItem.Health(sent)))).containsExactly(new FrameItem.Health(sent));
        }
    }

    @Test
    void aGatewaysHealthTakes30BytesAndAtMost104WithEveryNumberAtItsBound() {
        assertThat(FrameContent.encode(new FrameItem.Health(health(5, 200))).length)
                .isLessThanOrEqualTo(30);
        assertThat(FrameContent.encode(new FrameItem.Health(health(255, Long.MAX_VALUE))).length)
                .isBetween(64, NodeHealth.MOST_BYTES);
    }

    @Test
    void summariesAndOtherItemsShareAFrame() throws Exception {
        Summary summary = new Summary(3, 7, 475_001, "leak", Severity.WARNING, 1, false, List.of());
        List<FrameItem> sent = List.of(
                new FrameItem.Told(summary),
                new FrameItem.Receipt(9, 1_795_600_000L, FrameItem.Verdict.NOT_ALLOWED),
                new FrameItem.Health(health(2, 5)));
        assertThat(over(sent)).isEqualTo(sent);
    }

    @Test
    void anItemOfANewerVersionIsPassedOverAndTheRestIsRead() {
        // [99, [1, 2], h'00'], then a receipt with something more at its end
        byte[] content = {0, (byte) 0x83, 0x18, 99, (byte) 0x82, 1, 2, 0x41, 0, (byte) 0x85, 3, 4, 5, 0, 6};
        assertThat(FrameContent.items(CODEC, content).orElseThrow())
                .containsExactly(new FrameItem.Unknown(99), new FrameItem.Receipt(4, 5, FrameItem.Verdict.DONE));
    }

    private static CaseRecord record(int lines) {
        List<EvidenceLine> evidence = new ArrayList<>();
        Random random = new Random(2);
        for (int i = 0; i < lines; i++) {
            evidence.add(new EvidenceLine(
                    i + 1,
                    "channel-" + random.nextInt(1_000_000),
                    Finding.Tier.values()[0],
                    "bearing_outer_lines",
                    "drive end",
                    i % 2 == 0,
                    1_795_000_000_000_000L + i,
                    1_795_000_600_000_000L,
                    random.nextGaussian() * 100,
                    "dB",
                    random.nextGaussian(),
                    "a sheet",
                    Double.NaN,
                    Severity.WARNING,
                    random.nextDouble(),
                    1,
                    Quality.GOOD,
                    77));
        }
        return new CaseRecord(
                "unit-1@x",
                "unit-1",
                3,
                1_795_000_000_000_000L,
                1_795_000_600_000_000L,
                0,
                Severity.WARNING,
                evidence,
                List.of(new Candidate("leak", "a leak", 0.5, null, List.of())),
                "unit-1/flow");
    }

    @Test
    void aCasesSheetIsPutTogetherFromItsPartsInAnyOrderAndRepeated() throws Exception {
        List<FrameItem.SheetPart> parts = new ArrayList<>(CaseSheet.of(record(20), 0, 9));
        assertThat(parts.size()).isGreaterThan(1);
        for (FrameItem.SheetPart part : parts) {
            assertThat(over(List.of(part))).hasSize(1);
        }
        parts.add(parts.getFirst());
        Collections.shuffle(parts, new Random(1));
        var sheet = CaseSheet.joined(parts).orElseThrow();
        assertThat(sheet.path("lines").asInt()).isEqualTo(20);
        assertThat(sheet.path("evidence")).hasSize(20);
        assertThat(sheet.path("faults").get(0).asText()).isEqualTo("leak");
        parts.removeIf(part -> part.part() == 0);
        assertThat(CaseSheet.joined(parts)).isEmpty();
    }

    @Test
    void aSheetThatIsTooLargeLeavesItsWeakestLinesAtHomeAndSaysHowManyThereWere() throws Exception {
        List<FrameItem.SheetPart> parts = CaseSheet.of(record(500), 0, 9);
        assertThat(parts).hasSizeLessThanOrEqualTo(CaseSheet.MOST_PARTS);
        var sheet = CaseSheet.joined(parts).orElseThrow();
        assertThat(sheet.path("lines").asInt()).isEqualTo(500);
        assertThat(sheet.path("evidence").size()).isBetween(10, 499);
    }

    @Test
    void noRandomItemEndsTheReading() {
        Random random = new Random(8);
        for (int i = 0; i < 200_000; i++) {
            byte[] content = new byte[random.nextInt(40)];
            random.nextBytes(content);
            if (content.length > 3) {
                content[0] = 0;
                content[1] = (byte) (0x80 | random.nextInt(16));
                content[2] = (byte) random.nextInt(6);
            }
            FrameContent.items(CODEC, content)
                    .ifPresent(items -> assertThat(items).isNotEmpty());
        }
    }
}
