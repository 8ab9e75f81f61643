package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContactWindowsTest {
    private static Instant at(String text) {
        return Instant.parse(text);
    }

    @Test
    void withoutWindowsTheLinkIsAlwaysOpenAndNeverOpensAnew() {
        assertThat(ContactWindows.ALWAYS.isOpen(at("2026-11-25T12:00:00Z"))).isTrue();
        assertThat(ContactWindows.ALWAYS.opens(at("2026-11-25T12:00:00Z"))).isEmpty();
        assertThat(ContactWindows.ALWAYS.text(at("2026-11-25T12:00:00Z"))).isEqualTo("always open");
    }

    @Test
    void aDailyWindowIsOpenFromItsFirstSecondToTheLastBeforeItsEnd() {
        ContactWindows daily = ContactWindows.parse(List.of("06:00-06:10"));
        assertThat(daily.isOpen(at("2026-11-25T05:59:59Z"))).isFalse();
        assertThat(daily.isOpen(at("2026-11-25T06:00:00Z"))).isTrue();
        assertThat(daily.isOpen(at("2026-11-25T06:09:59Z"))).isTrue();
        assertThat(daily.isOpen(at("2026-11-25T06:10:00Z"))).isFalse();
        assertThat(daily.opens(at("2026-11-25T06:00:00Z"))).contains(at("2026-11-26T06:00:00Z"));
        assertThat(daily.text(at("2026-11-25T06:10:00Z"))).isEqualTo("closed, opens at 2026-11-26T06:00:00Z");
    }

    @Test
    void aWindowOverMidnightBelongsToTheDayItBeginsOn() {
        // 27 November 2026 is a Friday
        ContactWindows weekend = ContactWindows.parse(List.of("fri,sun 23:50-00:10"));
        assertThat(weekend.isOpen(at("2026-11-28T00:05:00Z"))).isTrue();
        assertThat(weekend.isOpen(at("2026-11-28T23:55:00Z"))).isFalse();
        assertThat(weekend.isOpen(at("2026-11-30T00:05:00Z"))).isTrue();
        assertThat(weekend.opens(at("2026-11-28T00:05:00Z"))).contains(at("2026-11-29T23:50:00Z"));
        assertThat(weekend.closes(at("2026-11-28T00:05:00Z"))).contains(at("2026-11-28T00:10:00Z"));
    }

    @Test
    void rangesOfDaysGoOverTheWeeksEnd() {
        ContactWindows windows = ContactWindows.parse(List.of("sat-mon 12:00-12:01"));
        assertThat(windows.isOpen(at("2026-11-30T12:00:30Z"))).isTrue();
        assertThat(windows.isOpen(at("2026-12-01T12:00:30Z"))).isFalse();
        assertThat(windows.opens(at("2026-11-30T12:00:30Z"))).contains(at("2026-12-05T12:00:00Z"));
    }

    @Test
    void whatIsNextIsAlwaysTheEarliestSecondAtWhichItIsOpen() {
        Random random = new Random(4);
        for (int i = 0; i < 50; i++) {
            ContactWindows windows = ContactWindows.parse(List.of(
                    String.format(
                            "mon-thu %02d:%02d-%02d:30", random.nextInt(24), random.nextInt(60), random.nextInt(24)),
                    String.format("sun %02d:15-%02d:45", random.nextInt(24), random.nextInt(24))));
            Instant from = at("2026-11-25T00:00:00Z").plusSeconds(60L * random.nextInt(10_000));
            Instant next = windows.opens(from).orElseThrow();
            assertThat(windows.isOpen(next)).isTrue();
            for (Instant each = from.plusSeconds(60); each.isBefore(next); each = each.plusSeconds(60)) {
                if (windows.isOpen(each)) {
                    assertThat(windows.isOpen(from))
                            .as("%s: open at %s, and the next opening is said to be %s", windows, each, next)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void whatIsNoWindowIsNamed() {
        for (String wrong :
                List.of("6-7", "06:00-06:70", "24:01-25:00", "someday 06:00-07:00", "mon tue 06:00-07:00", "")) {
            assertThatThrownBy(() -> ContactWindows.parse(List.of(wrong)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"" + wrong + "\"")
                    .hasMessageContaining("HH:MM-HH:MM");
        }
    }
}
