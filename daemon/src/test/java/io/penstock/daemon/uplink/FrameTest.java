package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import COSE.AlgorithmID;
import COSE.Attribute;
import COSE.Encrypt0Message;
import COSE.HeaderKeys;
import COSE.Message;
import COSE.MessageTag;
import com.upokecenter.cbor.CBORObject;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.ShippedMatrices;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FrameTest {
    private static final FrameKey KEY = FrameKey.parse("7 " + "0f".repeat(32) + "a5".repeat(12));
    private static final FrameKey OTHER = FrameKey.parse("7 " + "1f".repeat(32) + "a5".repeat(12));
    private static final Map<Integer, FrameKey> KEYS = Map.of(7, KEY);

    private static Dictionary dictionary() throws IOException {
        try (var in = Dictionary.class.getResourceAsStream("dictionary-1.txt")) {
            return Dictionary.parse(1, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void theDictionaryKnowsEveryFaultAndSymptomOfTheShippedMatrices() throws Exception {
        Dictionary dictionary = dictionary();
        for (String kind : ShippedMatrices.KINDS) {
            for (Fault fault : ShippedMatrices.of(kind).faults()) {
                assertThat(dictionary.faults()).contains(fault.code());
                assertThat(fault.symptoms().keySet())
                        .allSatisfy(symptom -> assertThat(dictionary.symptomPlace(symptom, "W"))
                                .as(symptom)
                                .isPresent());
            }
        }
    }

    @Test
    void aValueInAUnitTheDictionaryHasNotIsInTheChannelsOwn() throws IOException {
        SummaryCodec codec = new SummaryCodec(dictionary());
        Summary sent = new Summary(
                0,
                1,
                600,
                "leak",
                Severity.WARNING,
                1,
                false,
                List.of(
                        new Summary.Evidence("pressure_low", "kPa", 120),
                        new Summary.Evidence("pressure_low", "bar", 1.2)));
        assertThat(codec.decode(codec.encode(sent, 10), 10).orElseThrow().evidence())
                .containsExactly(
                        new Summary.Evidence("pressure_low", Dictionary.OWN_UNIT, 120),
                        new Summary.Evidence("pressure_low", "bar", 1.2));
    }

    private static Summary some(Random random, Dictionary dictionary) {
        List<Summary.Evidence> evidence = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            Dictionary.Symptom symptom = dictionary
                    .symptoms()
                    .get(random.nextInt(dictionary.symptoms().size()));
            evidence.add(new Summary.Evidence(
                    symptom.name(), symptom.unit(), Math.scalb(random.nextGaussian(), random.nextInt(20) - 6)));
        }
        return new Summary(
                random.nextInt(Summary.MOST_ASSETS),
                random.nextInt(Summary.CASE_NUMBERS),
                random.nextInt(5_000_000),
                dictionary.faults().get(random.nextInt(dictionary.faults().size())),
                Severity.values()[random.nextInt(3)],
                random.nextDouble(),
                random.nextBoolean(),
                evidence);
    }

    static LongStream seeds() {
        return LongStream.range(0, 500);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aSummaryComesOutAsItWentInToThreeDigits(long seed) throws IOException {
        Dictionary dictionary = dictionary();
        SummaryCodec codec = new SummaryCodec(dictionary);
        Summary sent = some(new Random(seed), dictionary);
        long hour = sent.minutes() / 60 + seed % 3;
        Summary got = codec.decode(codec.encode(sent, hour), hour).orElseThrow();
        assertThat(got.asset()).isEqualTo(sent.asset());
        assertThat(got.caseNumber()).isEqualTo(sent.caseNumber());
        assertThat(got.minutes()).isEqualTo(sent.minutes());
        assertThat(got.fault()).isEqualTo(sent.fault());
        assertThat(got.severity()).isEqualTo(sent.severity());
        assertThat(got.closed()).isEqualTo(sent.closed());
        assertThat(got.confidence()).isCloseTo(sent.confidence(), within(1 / 30.0));
        assertThat(got.evidence()).hasSameSizeAs(sent.evidence());
        for (int i = 0; i < got.evidence().size(); i++) {
            double value = sent.evidence().get(i).value();
            assertThat(got.evidence().get(i).symptom())
                    .isEqualTo(sent.evidence().get(i).symptom());
            assertThat(got.evidence().get(i).value())
                    .isCloseTo(value, within(Math.max(Math.abs(value) * 0.0051, 0.00006)));
        }
    }

    @Test
    void anOrdinaryDiagnosisTakesAtMost48Bytes() throws IOException {
        SummaryCodec codec = new SummaryCodec(dictionary());
        Summary summary = new Summary(
                1,
                77,
                475_000,
                "bearing_outer_race",
                Severity.WARNING,
                0.62,
                false,
                List.of(
                        new Summary.Evidence("bearing_outer_lines", "dB", 17.8),
                        new Summary.Evidence("kurtosis_high", "1", 11.1),
                        new Summary.Evidence("crest_high", "1", 8.32)));
        FrameContent.Packed packed = FrameContent.pack(codec, List.of(summary), 300);
        byte[] frame = FrameSeal.seal(KEY, 40_000, packed.content());
        assertThat(frame.length)
                .isLessThanOrEqualTo(48)
                .isEqualTo(FrameSeal.overhead(40_000, packed.content().length) + packed.content().length);
    }

    @Test
    void aFrameIsReadByAnIndependentImplementationOfCose() throws Exception {
        byte[] frame = FrameSeal.seal(KEY, 258, "hello".getBytes(StandardCharsets.UTF_8));
        Encrypt0Message message = (Encrypt0Message) Message.DecodeFromBytes(frame, MessageTag.Encrypt0);
        byte[] nonce = HexFormat.of().parseHex("a5".repeat(12));
        nonce[10] ^= 1;
        nonce[11] ^= 2;
        message.addAttribute(HeaderKeys.Algorithm, AlgorithmID.AES_GCM_256.AsCBOR(), Attribute.DO_NOT_SEND);
        message.addAttribute(HeaderKeys.IV, CBORObject.FromObject(nonce), Attribute.DO_NOT_SEND);
        message.setExternal(CBORObject.NewArray().Add(1).Add(3).Add(7).EncodeToBytes());
        assertThat(new String(message.decrypt(HexFormat.of().parseHex("0f".repeat(32))), StandardCharsets.UTF_8))
                .isEqualTo("hello");
    }

    @Test
    void nothingLostReorderedFlippedOrReplayedIsTakenTwiceOrForged() throws Exception {
        Random random = new Random(5);
        int frames = 100_000;
        List<byte[]> onTheAir = new ArrayList<>();
        int sent = 0;
        for (int counter = 0; counter < frames; counter++) {
            if (random.nextInt(10) == 0) {
                continue; // lost
            }
            sent++;
            byte[] frame = FrameSeal.seal(
                    KEY, counter, new byte[] {(byte) counter, (byte) (counter >> 8), (byte) (counter >> 16)});
            onTheAir.add(frame);
            if (random.nextInt(5) == 0) {
                onTheAir.add(onTheAir.get(random.nextInt(onTheAir.size()))); // replayed, of any age
            }
            if (random.nextInt(5) == 0) {
                byte[] flipped = frame.clone();
                flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
                onTheAir.add(flipped);
            }
            if (random.nextInt(20) == 0) {
                onTheAir.add(Arrays.copyOf(frame, random.nextInt(frame.length)));
                onTheAir.add(FrameSeal.seal(OTHER, counter, new byte[] {9, 9, 9}));
            }
        }
        for (int start = 0; start + 100 < onTheAir.size(); start += 50) {
            Collections.shuffle(onTheAir.subList(start, start + 100), random);
        }
        ReplayWindow window = new ReplayWindow();
        Set<Integer> taken = new HashSet<>();
        int twice = 0;
        int forged = 0;
        for (byte[] frame : onTheAir) {
            try {
                FrameSeal.Opened opened = FrameSeal.open(KEYS, frame);
                if (window.take(opened.counter())) {
                    int said = (opened.content()[0] & 0xFF)
                            | (opened.content()[1] & 0xFF) << 8
                            | (opened.content()[2] & 0xFF) << 16;
                    forged += said == opened.counter() ? 0 : 1;
                    twice += taken.add(said) ? 0 : 1;
                }
                if (taken.size() % 1_000 == 0) {
                    window = ReplayWindow.of(window.state());
                }
            } catch (FrameSeal.Refused e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        assertThat(twice).isZero();
        assertThat(forged).isZero();
        assertThat(taken).hasSize(sent);
    }

    @Test
    void asManySummariesAsFitAreInAFrameOfAtMost340Bytes() throws Exception {
        Dictionary dictionary = dictionary();
        SummaryCodec codec = new SummaryCodec(dictionary);
        Random random = new Random(3);
        List<Summary> many = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            many.add(some(random, dictionary));
        }
        int room = FrameSeal.LONGEST - FrameSeal.overhead(1L << 30, FrameSeal.LONGEST);
        FrameContent.Packed packed = FrameContent.pack(codec, many, room);
        byte[] frame = FrameSeal.seal(KEY, 1L << 30, packed.content());
        assertThat(packed.count()).isBetween(10, 40);
        assertThat(frame.length).isLessThanOrEqualTo(FrameSeal.LONGEST);
        List<Summary> got = SteppedUplink.told(codec, KEY, frame);
        assertThat(got.stream().map(Summary::minutes).toList())
                .isEqualTo(many.subList(0, packed.count()).stream()
                        .map(Summary::minutes)
                        .toList());
    }

    @Test
    void noRandomContentEndsTheReading() throws IOException {
        SummaryCodec codec = new SummaryCodec(dictionary());
        Random random = new Random(1);
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] content = new byte[random.nextInt(60)];
            random.nextBytes(content);
            read += FrameContent.items(codec, content).isPresent() ? 1 : 0;
            try {
                FrameSeal.open(KEYS, content);
            } catch (FrameSeal.Refused e) {
                continue;
            }
            throw new AssertionError("random bytes were a frame");
        }
        assertThat(read).isLessThan(100);
    }

    @Test
    void aKeyThatIsShortOrNoneIsRefusedWithoutRepeatingIt() {
        for (String line : List.of("", "7", "7 abcd", "300 " + "0f".repeat(44), "7 " + "zz".repeat(44))) {
            assertThatThrownBy(() -> FrameKey.parse(line))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .doesNotContain("abcd")
                    .doesNotContain("zz");
        }
    }
}
