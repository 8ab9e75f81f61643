package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tomlj.Toml;

class PeerTablesTest {
    private final List<String> problems = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(strings = {"999.1.1.1:8443", "gateway:8443", "[::zz]:8443", "[1:2]:8443", "0.0.0.0:65536", "0.0.0.0"})
    void whatIsNoLiteralAddressIsAMistakeAndNotLookedUp(String listen) {
        serve(listen);
        assertThat(problems)
                .anySatisfy(problem ->
                        assertThat(problem).contains("serve.listen: found \"" + listen + "\", expected ADDRESS:PORT"));
    }

    @Test
    void literalAddressesOfBothKindsAreTaken() {
        serve("0.0.0.0:8443");
        serve("[::1]:8443");
        assertThat(problems).noneSatisfy(problem -> assertThat(problem).contains("listen"));
    }

    private void serve(String listen) {
        new PeerTables(name -> "/here/" + name)
                .peers(new Section(Toml.parse("[serve]\nenabled = true\nlisten = \"" + listen + "\"\n"), "", problems));
    }
}
