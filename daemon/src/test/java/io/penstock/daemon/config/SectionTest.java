package io.penstock.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tomlj.Toml;

class SectionTest {
    private final List<String> problems = new ArrayList<>();

    @Test
    void aSizeIsReadInItsUnit() {
        assertThat(bytes("7B")).isEqualTo(7);
        assertThat(bytes("3 KiB")).isEqualTo(3L << 10);
        assertThat(bytes("8589934591GiB")).isEqualTo(8_589_934_591L << 30);
        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8589934592GiB", "17179869185GiB", "99999999999999999999B", "2GB", "-1KiB"})
    void aSizeBeyondALongIsAMistakeAndNoOtherSize(String text) {
        assertThat(bytes(text)).isEqualTo(42);
        assertThat(problems).singleElement().asString().contains("size: found \"" + text + "\", expected a size");
    }

    @Test
    void aTimeIsReadInItsUnitUpToAHundredYears() {
        assertThat(time("1.5h")).isEqualTo(Duration.ofMinutes(90));
        assertThat(time("36600d")).isEqualTo(Duration.ofDays(36_600));
        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"36601d", "200000d", "9999999999999999999999h", "-1s", "1w"})
    void aTimeThatNanosecondsInALongDoNotHoldIsAMistake(String text) {
        assertThat(time(text)).isEqualTo(Duration.ofSeconds(42));
        assertThat(problems).singleElement().asString().contains("time: found \"" + text + "\"", "up to 36600d");
    }

    @Test
    void aTextWithACharacterThatEndsItIsAMistake() {
        Section section = new Section(
                Toml.parse("one = \"a\\u0000b\"\nlist = [\"a\\u0000b\"]\nnames = {a = \"a\\u0000b\"}"), "", problems);
        assertThat(section.text("one", "")).isEmpty();
        assertThat(section.texts("list")).isEmpty();
        assertThat(section.textMap("names")).isEmpty();
        assertThat(problems)
                .hasSize(3)
                .allSatisfy(problem -> assertThat(problem).contains("expected"));
    }

    private Duration time(String text) {
        return new Section(Toml.parse("time = \"" + text + "\""), "", problems)
                .duration("time", Duration.ofSeconds(42));
    }

    private long bytes(String text) {
        return new Section(Toml.parse("size = \"" + text + "\""), "", problems).bytes("size", 42);
    }
}
