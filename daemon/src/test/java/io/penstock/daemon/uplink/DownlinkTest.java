package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import COSE.AlgorithmID;
import COSE.Message;
import COSE.MessageTag;
import COSE.Sign1Message;
import com.upokecenter.cbor.CBORObject;
import io.penstock.daemon.asset.Severity;
import io.penstock.daemon.cases.Candidate;
import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.store.CaseStore;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.StoreFailed;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands over a real store. */
class DownlinkTest {
    private static final FrameKey VIEWER = FrameKey.parse("1 " + "1f".repeat(44));
    private static final FrameKey OPERATOR = FrameKey.parse("2 " + "2f".repeat(44));
    private static final FrameKey OWNER = FrameKey.parse("3 " + "3f".repeat(44));
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final long NOW_MICROS = NOW.getEpochSecond() * 1_000_000;

    @TempDir
    Path folder;

    private Database database;
    private final List<String> deltas = new ArrayList<>();
    private KeyPair signer;

    @BeforeEach
    void open() throws Exception {
        database = Database.open(folder.resolve("store.db"));
        signer = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Downlink downlink() {
        return new Downlink(
                database,
                Map.of(
                        1, new CommandKey(VIEWER, Role.VIEWER),
                        2, new CommandKey(OPERATOR, Role.OPERATOR),
                        3, new CommandKey(OWNER, Role.OWNER)),
                new Downlink.Site("works", List.of("pump-1", "pump-2"), 1_000, 120),
                Optional.of(signer.getPublic()),
                text -> {
                    deltas.add(text);
                    return "done: taken up";
                });
    }

    private static byte[] sealed(FrameKey key, long counter, Command command) {
        return FrameSeal.seal(key, counter, command.encoded(), FrameSeal.Way.DOWN);
    }

    private List<String> verdicts() throws StoreFailed {
        return database.read(c -> Downlink.heard(c, 100)).reversed().stream()
                .map(heard -> heard.role() + " " + heard.command() + ": " + heard.verdict())
                .toList();
    }

    private Standing standing() throws StoreFailed {
        return database.read(Standing::of);
    }

    @Test
    void everyCommandButADeltasPartTakesAtMost50Bytes() {
        long counter = 0xFFFF_FFFFL;
        for (Command command : List.of(
                new Command.SendEvidence(254, 4_095),
                new Command.Shelve(254, Command.MOST_HOURS),
                new Command.SetBudget(10_000),
                new Command.Hold(Command.MOST_HOURS))) {
            assertThat(sealed(OWNER, counter, command).length).isLessThanOrEqualTo(Command.MOST_BYTES);
            assertThat(Command.decode(command.encoded())).contains(command);
        }
    }

    @Test
    void aCommandIsCarriedOutOnceHoweverOftenItComes() throws Exception {
        byte[] hold = sealed(OPERATOR, 5, new Command.Hold(2));
        byte[] go = sealed(OPERATOR, 6, new Command.Hold(0));
        downlink().take(hold, NOW);
        assertThat(standing().pausedUntilMicros()).isEqualTo(NOW_MICROS + 2 * 3_600_000_000L);
        downlink().take(go, NOW);
        downlink().take(hold, NOW);
        downlink().take(hold, NOW);
        assertThat(standing().pausedUntilMicros()).isZero();
        assertThat(verdicts()).containsExactly("operator hold for 2 h: DONE", "operator hold for 0 h: DONE");
        assertThat(database.read(UplinkQueue::counts)).containsEntry("came down: a command once more", 2L);
    }

    @Test
    void aStoreThatBeginsAnewTakesNoRecordedCommandASecondTime() throws Exception {
        byte[] budget = sealed(OWNER, 9, new Command.SetBudget(50));
        downlink().take(budget, NOW);
        database.close();
        for (String end : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(folder.resolve("store.db" + end));
        }
        database = Database.open(folder.resolve("store.db"));
        downlink().take(budget, NOW);
        assertThat(standing().percent()).isEqualTo(100);
        assertThat(verdicts()).isEmpty();
    }

    @Test
    void aKeyMayDoWhatItsRoleAllowsAndNoMore() throws Exception {
        downlink().take(sealed(VIEWER, 1, new Command.Hold(1)), NOW);
        downlink().take(sealed(VIEWER, 2, new Command.SetBudget(1)), NOW);
        downlink().take(sealed(OPERATOR, 1, new Command.SetBudget(1)), NOW);
        downlink().take(sealed(OPERATOR, 2, new Command.DeltaPart(1, 0, 1, new byte[] {1})), NOW);
        assertThat(standing()).isEqualTo(new Standing(0, 100));
        assertThat(verdicts()).hasSize(4).allMatch(verdict -> verdict.endsWith(": NOT_ALLOWED"));
        assertThat(receipts()).hasSize(4).allMatch(r -> r.verdict() == FrameItem.Verdict.NOT_ALLOWED);
    }

    private List<FrameItem.Receipt> receipts() throws StoreFailed {
        SummaryCodec codec = new SummaryCodec(Dictionary.shipped());
        return database.read(c -> UplinkQueue.queued(c, codec)).stream()
                .map(UplinkQueue.Queued::item)
                .filter(FrameItem.Receipt.class::isInstance)
                .map(FrameItem.Receipt.class::cast)
                .toList();
    }

    @Test
    void whatNoKeyHasSealedIsCountedAndChangesNothing() throws Exception {
        Random random = new Random(3);
        byte[] good = sealed(OWNER, 77, new Command.SetBudget(10));
        int forged = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            downlink().take(bad, NOW);
            forged++;
        }
        // recorded on its way up, under the same key; and a strange key of a known id
        downlink().take(FrameSeal.seal(OWNER, 78, new Command.SetBudget(10).encoded()), NOW);
        downlink().take(sealed(FrameKey.parse("3 " + "4f".repeat(44)), 79, new Command.SetBudget(10)), NOW);
        assertThat(standing().percent()).isEqualTo(100);
        assertThat(verdicts()).isEmpty();
        assertThat(database.read(UplinkQueue::counts))
                .containsEntry("came down: no command of a known key", forged + 2L);
        downlink().take(good, NOW);
        assertThat(standing().percent()).isEqualTo(10);
    }

    @Test
    void theSiteBoundsWhatTheBudgetMayBeSetTo() throws Exception {
        downlink().take(sealed(OWNER, 1, new Command.SetBudget(121)), NOW);
        downlink().take(sealed(OWNER, 2, new Command.SetBudget(120)), NOW);
        assertThat(standing().percent()).isEqualTo(120);
        assertThat(verdicts()).containsExactly("owner budget 121 %: REFUSED", "owner budget 120 %: DONE");
    }

    private static CaseRecord open(String id, String asset, Severity severity) {
        return new CaseRecord(
                id,
                asset,
                1,
                NOW_MICROS,
                NOW_MICROS,
                0,
                severity,
                List.of(),
                List.of(new Candidate("leak", "a leak", 0.5, null, List.of())),
                asset);
    }

    @Test
    void aShelvedMachineSendsAlarmsAndNothingElseUntilItEnds() throws Exception {
        SummaryCodec codec = new SummaryCodec(Dictionary.shipped());
        int number = 0;
        for (CaseRecord each : List.of(
                open("minor", "pump-2", Severity.WARNING),
                open("major", "pump-2", Severity.ALARM),
                open("other", "pump-1", Severity.WARNING))) {
            Summary summary = new Summary(1, number++, 475_000, "leak", each.severity(), 1, false, List.of());
            database.run(c -> {
                CaseStore.save(c, each);
                UplinkQueue.put(c, codec, summary, each.id(), NOW_MICROS, 1_000);
            });
        }
        downlink().take(sealed(OPERATOR, 1, new Command.Shelve(1, 8)), NOW);
        assertThat(waiting(UplinkLane.CRITICAL, NOW_MICROS)).hasSize(1);
        assertThat(waiting(UplinkLane.DIAGNOSIS, NOW_MICROS)).hasSize(1);
        assertThat(waiting(UplinkLane.DIAGNOSIS, NOW_MICROS + 8 * 3_600_000_000L))
                .hasSize(2);
        downlink().take(sealed(OPERATOR, 2, new Command.Shelve(1, 0)), NOW);
        assertThat(waiting(UplinkLane.DIAGNOSIS, NOW_MICROS)).hasSize(2);
        downlink().take(sealed(OPERATOR, 3, new Command.Shelve(2, 1)), NOW);
        assertThat(verdicts()).last().isEqualTo("operator shelve asset 3 for 1 h: REFUSED");
    }

    private List<UplinkQueue.Waiting> waiting(UplinkLane lane, long micros) throws StoreFailed {
        return database.read(c -> UplinkQueue.waiting(c, lane, micros, micros, 100));
    }

    @Test
    void aViewerGetsTheEvidenceOfTheCaseItNames() throws Exception {
        CaseRecord record = open("pump-1@1", "pump-1", Severity.WARNING);
        database.run(c -> CaseStore.save(c, record));
        int number = Summaries.caseNumber(NOW_MICROS);
        downlink().take(sealed(VIEWER, 1, new Command.SendEvidence(0, number)), NOW);
        downlink().take(sealed(VIEWER, 2, new Command.SendEvidence(1, number)), NOW);
        assertThat(verdicts()).extracting(v -> v.replaceAll(".*: ", "")).containsExactly("DONE", "REFUSED");
        List<FrameItem.SheetPart> parts = waiting(UplinkLane.BULK, NOW_MICROS).stream()
                .map(each -> (FrameItem.SheetPart)
                        each.item(new SummaryCodec(Dictionary.shipped())).orElseThrow())
                .toList();
        assertThat(CaseSheet.joined(parts).orElseThrow().path("case").asText()).isEqualTo("pump-1@1");
    }

    private List<Command.DeltaPart> delta(String text, int number, String site) throws Exception {
        return ConfigDelta.signed(text, site, number, signer.getPrivate());
    }

    @Test
    void aDeltaIsTakenUpWhenItsLastPartHasComeInAnyOrder() throws Exception {
        String text = "[cases]\nclose_after = \"10m\"\n# " + "x".repeat(900) + "\n";
        List<Command.DeltaPart> parts = delta(text, 4, "works").reversed();
        assertThat(parts).hasSize(5);
        long counter = 10;
        for (Command.DeltaPart part : parts) {
            assertThat(deltas).isEmpty();
            byte[] frame = sealed(OWNER, counter++, part);
            assertThat(frame.length).isLessThanOrEqualTo(270);
            // each part by a daemon of its own: a kill between them loses none
            downlink().take(frame, NOW);
        }
        assertThat(deltas).containsExactly(text);
        assertThat(receipts()).extracting(FrameItem.Receipt::verdict).contains(FrameItem.Verdict.DONE);
        downlink().settle(NOW);
        assertThat(deltas).hasSize(1);
    }

    @Test
    void aDeltaOfAnotherSiteAnOlderOneAndOneOfAnotherSignerAreRefused() throws Exception {
        long counter = 0;
        for (Command.DeltaPart part : delta("[cases]\nhold_off = \"1s\"\n", 7, "elsewhere")) {
            downlink().take(sealed(OWNER, counter++, part), NOW);
        }
        for (Command.DeltaPart part : ConfigDelta.signed(
                "[cases]\nhold_off = \"1s\"\n",
                "works",
                7,
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate())) {
            downlink().take(sealed(OWNER, counter++, part), NOW);
        }
        assertThat(deltas).isEmpty();
        for (int number : new int[] {7, 7, 6}) {
            for (Command.DeltaPart part : delta("[cases]\nhold_off = \"2s\"\n", number, "works")) {
                downlink().take(sealed(OWNER, counter++, part), NOW);
            }
        }
        assertThat(deltas).hasSize(1);
        assertThat(verdicts().getLast()).isEqualTo("owner configuration delta 6, part 1 of 1: REFUSED");
    }

    @Test
    void aDeltaIsASign1MessageToAnIndependentImplementationOfCose() throws Exception {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        delta("[cases]\n", 300, "works").forEach(part -> message.writeBytes(part.bytes()));
        Sign1Message sign = (Sign1Message) Message.DecodeFromBytes(message.toByteArray(), MessageTag.Sign1);
        CBORObject parts = CBORObject.DecodeFromBytes(message.toByteArray());
        // RFC 9052, 4.4, by another's CBOR; the library's own check of EdDSA wants a provider that is not here
        byte[] signed = CBORObject.NewArray()
                .Add("Signature1")
                .Add(parts.get(0).GetByteString())
                .Add(CBORObject.NewArray().Add("works").Add(300).EncodeToBytes())
                .Add(sign.GetContent())
                .EncodeToBytes();
        Signature verify = Signature.getInstance("Ed25519");
        verify.initVerify(signer.getPublic());
        verify.update(signed);
        assertThat(verify.verify(parts.get(3).GetByteString())).isTrue();
        assertThat(sign.findAttribute(COSE.HeaderKeys.Algorithm)).isEqualTo(AlgorithmID.EDDSA.AsCBOR());
    }

    @Test
    void aKeyThatSealsFramesGivesNoCommands() throws Exception {
        String line = "7 " + "c3".repeat(44);
        Path up = secret("up.keys", line);
        Path down = secret("down.keys", line + " owner");
        UplinkSettings settings = new UplinkSettings(
                false,
                new UplinkSettings.Link.None(),
                up,
                UplinkSettings.OFF.budget(),
                0,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                0,
                ContactWindows.ALWAYS,
                Duration.ZERO,
                Duration.ZERO,
                new UplinkSettings.Commands(down, null, 100));
        assertThatThrownBy(() -> CommandKey.checked(settings)).hasMessageContaining("a key of their own");
        assertThatThrownBy(() -> CommandKey.read(up)).hasMessageContaining("line 1", "viewer, operator or owner");
    }

    @Test
    void oneSecretUnderTwoIdsWouldUseItsCountersTwiceAndIsNotTaken() throws Exception {
        String secret = "c3".repeat(44);
        Path up = secret("up.keys", "7 " + secret + "\n8 " + "d4".repeat(44) + "\n9 " + secret);
        assertThatThrownBy(() -> FrameKeys.read(up))
                .hasMessageContaining("line 3", "the key of id 9 is that of id 7", "penstock uplink key");
        Path down = secret("down.keys", "7 " + secret + " viewer\n8 " + secret + " owner");
        assertThatThrownBy(() -> CommandKey.read(down))
                .hasMessageContaining("line 2", "the key of id 8 is that of id 7");
        Path twice = secret("twice.keys", "7 " + secret + "\n7 " + "d4".repeat(44));
        assertThatThrownBy(() -> FrameKeys.read(twice)).hasMessageContaining("a second key of id 7");
    }

    private Path secret(String name, String line) throws Exception {
        Path file = Files.writeString(folder.resolve(name), line + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
