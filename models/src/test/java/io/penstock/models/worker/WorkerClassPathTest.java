package io.penstock.models.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkerClassPathTest {
    private static final String NEEDED =
            "/p/jackson-annotations-2.22.jar:/p/jackson-core-2.22.4.jar:/p/jackson-databind-2.22.4.jar:/p/onnxruntime-1.29.0.jar";
    private static final String OURS = "/p/penstock-models-0.1.0.jar";

    @Test
    void ofAProductsJarsOnlyTheWorkersAreKept() {
        assertThat(WorkerClassPath.of("/p/penstock.jar:/p/bcprov-jdk18on-1.80.2.jar:" + NEEDED
                        + ":/p/jackson-dataformat-cbor-2.22.4.jar:/p/netty-common-4.1.135.Final.jar:" + OURS))
                .isEqualTo(NEEDED + ":" + OURS);
    }

    @Test
    void ofABuildTheFoldersOfClassesAreKept() {
        assertThat(WorkerClassPath.of("/b/daemon/classes:/b/models/classes:" + NEEDED + ":/p/tomlj-2.2.0.jar"))
                .isEqualTo("/b/daemon/classes:/b/models/classes:" + NEEDED);
    }

    @Test
    void whereALibraryIsNotKnownByItsNameAllIsKept() {
        String oneJar = "/p/everything.jar";
        String renamed = OURS + ":" + NEEDED.replace("onnxruntime-1.29.0", "ort");
        String withoutOurs = NEEDED + ":/p/models.jar";
        assertThat(WorkerClassPath.of(oneJar)).isEqualTo(oneJar);
        assertThat(WorkerClassPath.of(renamed)).isEqualTo(renamed);
        assertThat(WorkerClassPath.of(withoutOurs)).isEqualTo(withoutOurs);
    }
}
