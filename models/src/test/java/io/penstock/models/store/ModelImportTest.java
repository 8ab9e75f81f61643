package io.penstock.models.store;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.models.manifest.Catalogue;
import io.penstock.models.manifest.GgufFile;
import io.penstock.models.manifest.ModelManifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bundles as a stick brings them, right ones and wrong ones. */
class ModelImportTest {
    private static final byte[] WEIGHTS = GgufFile.model().written();

    @TempDir
    private Path folder;

    private Path models;
    private Path stick;
    private ModelStore store;
    private KeyPair owner;

    @BeforeEach
    void aStickAndABelievedKey() throws Exception {
        models = folder.resolve("models");
        stick = Files.createDirectories(folder.resolve("stick"));
        store = new ModelStore(List.of(models));
        owner = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        store.trust().add(pem(owner));
        put(manifest("plant-1b", WEIGHTS), WEIGHTS);
    }

    @Test
    void aSignedFolderIsTakenInAndThenKnown() throws Exception {
        ModelImport.Imported imported = new ModelImport(store).from(stick);

        assertThat(imported.model().folder()).isEqualTo(models.resolve("plant-1b"));
        assertThat(imported.signer()).isEqualTo(store.trust().keys().getFirst().fingerprint());
        assertThat(Files.getPosixFilePermissions(imported.model().folder()))
                .contains(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);
        ModelManifest known = store.catalogue().byName("plant-1b").orElseThrow();
        assertThat(store.find(known).orElseThrow().verify()).isInstanceOf(InstalledModel.Verdict.Sound.class);
        assertThat(new ModelImport(store).from(stick).model()).isEqualTo(imported.model());
        assertThat(left()).containsExactly("plant-1b");
    }

    @Test
    void theServicesUserReadsWhatRootTookInWhateverItsUmask() throws Exception {
        ModelStore fresh = new ModelStore(List.of(Files.createDirectory(folder.resolve("fresh"))));
        int usual = umask(0077);
        InstalledModel imported;
        try {
            fresh.trust().add(pem(owner));
            imported = new ModelImport(fresh).from(stick).model();
        } finally {
            umask(usual);
        }
        assertThat(Files.getPosixFilePermissions(fresh.trust().path()))
                .contains(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);
        try (Stream<Path> files = Files.list(imported.folder())) {
            assertThat(files.toList())
                    .isNotEmpty()
                    .allSatisfy(file ->
                            assertThat(Files.getPosixFilePermissions(file)).contains(PosixFilePermission.OTHERS_READ));
        }
    }

    /** Sets this process's and gives what it was. */
    private static int umask(int mask) throws IOException {
        Linker linker = Linker.nativeLinker();
        try {
            return (int) linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("umask"), FunctionDescriptor.of(JAVA_INT, JAVA_INT))
                    .invokeExact(mask);
        } catch (Throwable e) {
            throw new IOException("umask", e);
        }
    }

    @Test
    void aTarAndAZipAreAsGood() throws Exception {
        put(manifest("from-tar", WEIGHTS), WEIGHTS);
        new ModelImport(store).from(tar('0'));
        put(manifest("from-zip", WEIGHTS), WEIGHTS);
        new ModelImport(store).from(zip("m.gguf"));
        assertThat(left()).containsExactly("from-tar", "from-zip");
    }

    @Test
    void aSignatureInBase64IsAsGood() throws Exception {
        byte[] raw = Files.readAllBytes(stick.resolve("manifest.toml.sig"));
        Files.writeString(
                stick.resolve("manifest.toml.sig"), Base64.getEncoder().encodeToString(raw) + "\n");
        new ModelImport(store).from(stick);
        assertThat(left()).containsExactly("plant-1b");
    }

    @Test
    void aChangedManifestIsRefused() throws Exception {
        Path manifest = stick.resolve("manifest.toml");
        Files.writeString(manifest, Files.readString(manifest).replace("MIT", "BSD"));
        refused(stick, "its signature is of none of the 1 keys");
        Files.delete(stick.resolve("manifest.toml.sig"));
        refused(stick, "holds no file manifest.toml.sig");
    }

    @Test
    void aKeyThatIsNotBelievedAnyMoreTakesItsModelsAlong() throws Exception {
        ModelManifest known = new ModelImport(store).from(stick).model().manifest();
        assertThat(store.trust().remove(store.trust().keys().getFirst().shortName()))
                .isTrue();
        assertThat(store.catalogue().byName(known.name())).isEmpty();
        refused(stick, "its signature is of none of the 0 keys");
    }

    @Test
    void aChangedFileIsRefusedAndNothingIsLeft() throws Exception {
        byte[] changed = WEIGHTS.clone();
        changed[changed.length - 1] ^= 1;
        Files.write(stick.resolve("m.gguf"), changed);
        refused(stick, "copy the bundle again");
        Files.write(stick.resolve("m.gguf"), Arrays.copyOf(WEIGHTS, WEIGHTS.length + 1));
        refused(stick, "has more than the " + WEIGHTS.length + " bytes");
        Files.write(stick.resolve("m.gguf"), Arrays.copyOf(WEIGHTS, 100));
        refused(stick, "has 100 bytes");
        assertThat(left()).isEmpty();
    }

    @Test
    void aSignedFileThatIsNoSoundModelIsRefused() throws Exception {
        byte[] broken = WEIGHTS.clone();
        broken[8] = 77;
        put(manifest("plant-1b", broken), broken);
        refused(stick, "has a corrupt header");
        put(manifest("plant-1b", WEIGHTS).replace("Q8_0", "Q4_K"), WEIGHTS);
        refused(stick, "its numbers are written as Q8_0, expected Q4_K");
        assertThat(left()).isEmpty();
    }

    @Test
    void aManifestThatLeavesSomethingOpenIsRefused() throws Exception {
        String whole = manifest("plant-1b", WEIGHTS);
        put(whole.replaceAll("sha256 = .*", ""), WEIGHTS);
        refused(stick, "leaves bytes or sha256 of a file open");
        put(whole.replace("\"gguf\"", "\"natives\""), WEIGHTS);
        refused(stick, "shared libraries");
        put(whole.replace("m.gguf", "../m.gguf"), WEIGHTS);
        refused(stick, "is not a plain name");
        put(whole.replace("m.gguf", "manifest.toml"), WEIGHTS);
        refused(stick, "has a file named manifest.toml");
    }

    @Test
    void aNameOfTheCatalogueStandsForTheModelMeantByIt() throws Exception {
        put(manifest("phi-4-mini-instruct-q4_k_m", WEIGHTS), WEIGHTS);
        refused(stick, "the catalogue's phi-4-mini-instruct-q4_k_m is another one");
        put(manifest(Catalogue.DEFAULT_LANGUAGE_MODEL, WEIGHTS), WEIGHTS);
        refused(stick, "is another one");
    }

    @Test
    void linksPathsAndStrangersAreRefused() throws Exception {
        Path outside = Files.write(folder.resolve("outside"), WEIGHTS);
        Files.delete(stick.resolve("m.gguf"));
        Files.createSymbolicLink(stick.resolve("m.gguf"), outside);
        refused(stick, "m.gguf is a link or no plain file");
        Files.delete(stick.resolve("m.gguf"));
        Files.write(stick.resolve("m.gguf"), WEIGHTS);
        refused(tar('2'), "(kind 2)");
        refused(zip("../m.gguf"), "plain files in no folder");
        refused(zip("m.gguf\u001b[2J"), "m.gguf?[2J");
        Files.write(stick.resolve("autorun.inf"), WEIGHTS);
        refused(tar('0'), "holds autorun.inf, which its manifest does not name");
        refused(folder.resolve("nothing"), "is the stick mounted?");
        refused(Files.writeString(folder.resolve("x.tar"), "x".repeat(2000)), "is no folder, zip or plain tar");
        assertThat(left()).isEmpty();
    }

    @Test
    void aCutTarIsRefused() throws Exception {
        byte[] whole = Files.readAllBytes(tar('0'));
        for (int length : List.of(100, 700, whole.length / 2, whole.length - 1600)) {
            Path cut = Files.write(folder.resolve("cut.tar"), Arrays.copyOf(whole, length));
            assertThatExceptionOfType(ImportRefused.class)
                    .as("cut at %d", length)
                    .isThrownBy(() -> new ModelImport(store).from(cut));
        }
        assertThat(left()).isEmpty();
    }

    @Test
    void whatAKilledImportLeftIsNoModelAndIsRemovedByTheNext() throws Exception {
        Path half = Files.createDirectories(models.resolve(".import-4711"));
        Files.write(half.resolve("m.gguf"), Arrays.copyOf(WEIGHTS, 10));
        Files.copy(stick.resolve("manifest.toml"), half.resolve("manifest.toml"));
        Files.copy(stick.resolve("manifest.toml.sig"), half.resolve("manifest.toml.sig"));
        assertThat(store.catalogue().byName("plant-1b")).isEmpty();

        new ModelImport(store).from(stick);
        assertThat(half).doesNotExist();
        assertThat(store.catalogue().byName("plant-1b")).isPresent();
    }

    @Test
    void aModelThatOnlyABundleBringsIsNotTakenFromAFileThatLiesThere() throws Exception {
        ModelManifest phi =
                Catalogue.builtIn().byName("phi-4-mini-instruct-q4_k_m").orElseThrow();
        Files.write(
                Files.createDirectories(models.resolve(phi.name()))
                        .resolve(phi.file().name()),
                WEIGHTS);
        assertThat(store.find(phi)).isEmpty();
        assertThatExceptionOfType(PullFailed.class)
                .isThrownBy(() -> store.locate(phi))
                .withMessageContaining("penstock models import BUNDLE");
    }

    @Test
    void onlyAnEd25519PublicKeyIsBelieved() throws Exception {
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        assertThatExceptionOfType(ImportRefused.class)
                .isThrownBy(() -> store.trust().add(pem(rsa)))
                .withMessageContaining("is no Ed25519 key");
        Path secret =
                Files.writeString(folder.resolve("k"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
        assertThatExceptionOfType(ImportRefused.class)
                .isThrownBy(() -> store.trust().add(secret))
                .withMessageContaining("private key");
        assertThat(store.trust().keys()).hasSize(1);
    }

    @Test
    void aKeyThatIsNoPointOfItsCurveDoesNotStandBeforeTheOthers() throws Exception {
        byte[] encoded = owner.getPublic().getEncoded();
        Arrays.fill(encoded, encoded.length - 32, encoded.length, (byte) 0);
        encoded[encoded.length - 32] = 2;
        Files.writeString(
                store.trust().path().resolve("0000000000000000.pem"),
                "-----BEGIN PUBLIC KEY-----\n" + Base64.getEncoder().encodeToString(encoded)
                        + "\n-----END PUBLIC KEY-----\n");
        assertThat(store.trust().keys()).hasSize(2);
        new ModelImport(store).from(stick);
        assertThat(left()).containsExactly("plant-1b");
    }

    private void refused(Path bundle, String why) {
        assertThatExceptionOfType(ImportRefused.class)
                .isThrownBy(() -> new ModelImport(store).from(bundle))
                .withMessageContaining(why);
    }

    private static String manifest(String name, byte[] weights) throws IOException {
        Path file = Files.createTempFile("weights", "");
        Files.write(file, weights);
        String sha256 = Checksum.sha256(file);
        Files.delete(file);
        return """
                name = "%s"
                format = "gguf"
                role = "language"
                licence = "MIT"
                template = "chatml"
                context_tokens = 512
                memory_mib = 100
                architecture = "llama"
                quantization = "Q8_0"
                languages = ["en"]
                roles = ["general"]
                [source]
                kind = "import"
                where = "the owner"
                [[file]]
                name = "m.gguf"
                bytes = %d
                sha256 = "%s"
                """.formatted(name, weights.length, sha256);
    }

    private void put(String manifest, byte[] weights) throws IOException, GeneralSecurityException {
        byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(owner.getPrivate());
        signature.update(bytes);
        Files.write(stick.resolve("manifest.toml"), bytes);
        Files.write(stick.resolve("manifest.toml.sig"), signature.sign());
        Files.write(stick.resolve("m.gguf"), weights);
    }

    private Path pem(KeyPair pair) throws IOException {
        return Files.writeString(
                folder.resolve("key.pem"),
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(pair.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
    }

    private Path zip(String modelName) throws IOException {
        Path zip = folder.resolve("b.zip");
        try (OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream out = new ZipOutputStream(file)) {
            for (Path path : onStick()) {
                String name = String.valueOf(path.getFileName());
                out.putNextEntry(new ZipEntry(name.equals("m.gguf") ? modelName : name));
                out.write(Files.readAllBytes(path));
            }
        }
        return zip;
    }

    /** A tar whose weights have this kind: 0 is a file, 2 a link. */
    private Path tar(char kind) throws IOException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        for (Path path : onStick()) {
            byte[] content = Files.readAllBytes(path);
            String name = String.valueOf(path.getFileName());
            byte[] head = new byte[512];
            ascii(head, 0, name);
            ascii(head, 100, "0000644");
            ascii(head, 124, "%011o".formatted(content.length));
            ascii(head, 148, "        ");
            head[156] = (byte) (name.equals("m.gguf") ? kind : '0');
            ascii(head, 257, "ustar");
            int sum = 0;
            for (byte b : head) {
                sum += b & 0xff;
            }
            ascii(head, 148, "%06o\0 ".formatted(sum));
            tar.writeBytes(head);
            tar.writeBytes(Arrays.copyOf(content, (content.length + 511) / 512 * 512));
        }
        tar.writeBytes(new byte[1024]);
        return Files.write(folder.resolve("b.tar"), tar.toByteArray());
    }

    private static void ascii(byte[] head, int at, String text) {
        System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, head, at, text.length());
    }

    private List<Path> onStick() throws IOException {
        try (Stream<Path> files = Files.list(stick)) {
            return files.sorted().toList();
        }
    }

    /** What lies in the store but for its own dotted files. */
    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(models)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.equals(".trust") && !name.equals(".import-lock"))
                    .sorted()
                    .toList();
        }
    }
}
