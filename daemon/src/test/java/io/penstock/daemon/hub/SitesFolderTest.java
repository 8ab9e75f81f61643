package io.penstock.daemon.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.config.HubFile;
import io.penstock.daemon.fleet.SiteSettings;
import io.penstock.daemon.uplink.Tariff;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sites come, change their keys and go, while a hub runs. */
class SitesFolderTest {
    private static final HubSettings.Standard STANDARD =
            new HubSettings.Standard(Tariff.free("USD"), 20, Duration.ofHours(36));

    @TempDir
    Path folder;

    private long written;

    private void write(String name, String text) throws Exception {
        Path file = Files.writeString(folder.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        // two edits within the file system's tick would look alike
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_800_000_000 + ++written)));
    }

    private static String key(int id, int seed) {
        return id + " " + String.format("%02x", seed).repeat(44) + "\n";
    }

    private static SiteSettings site(SitesFolder sites, String name) {
        return Objects.requireNonNull(sites.sites().get(name), name);
    }

    private SitesFolder opened() throws Exception {
        SitesFolder sites = new SitesFolder(folder, (site, keys, more) -> HubFile.site(STANDARD, site, keys, more));
        sites.look();
        return sites;
    }

    @Test
    void aNewKeyAndANewSiteAreKnownWithoutARestart() throws Exception {
        write("works.keys", key(1, 1));
        SitesFolder sites = opened();
        assertThat(sites.sites()).containsOnlyKeys("works");
        Map<String, SiteSettings> before = sites.sites();
        assertThat(sites.look()).isFalse();
        assertThat(sites.sites()).isSameAs(before);
        write("works.keys", key(1, 1) + key(2, 2));
        write("mill.keys", key(1, 3));
        assertThat(sites.look()).isTrue();
        assertThat(site(sites, "works").keys()).containsOnlyKeys(1, 2);
        assertThat(sites.sites()).containsOnlyKeys("works", "mill");
        Files.delete(folder.resolve("works.keys"));
        assertThat(sites.look()).isTrue();
        assertThat(sites.sites()).containsOnlyKeys("mill");
    }

    @Test
    void aFileThatIsWrongIsToldAndTheSiteStaysAsItWas() throws Exception {
        write("works.keys", key(1, 1));
        write("mill.keys", "1 short\n");
        SitesFolder sites = opened();
        assertThat(sites.sites()).containsOnlyKeys("works");
        assertThat(sites.wrong()).containsOnlyKeys("mill");
        assertThat(sites.wrong().get("mill")).contains("line 1", "88 hexadecimal digits");
        write("works.keys", "1 broken\n");
        sites.look();
        assertThat(site(sites, "works").keys()).containsOnlyKeys(1);
        assertThat(sites.wrong()).containsOnlyKeys("mill", "works");
        sites.look();
        assertThat(sites.wrong()).as("told still").containsOnlyKeys("mill", "works");
        write("mill.keys", key(1, 3));
        write("works.keys", key(1, 1));
        sites.look();
        assertThat(sites.wrong()).isEmpty();
        assertThat(sites.sites()).containsOnlyKeys("mill", "works");
    }

    @Test
    void whatASitesOwnFileSaysGoesBeforeTheStandard() throws Exception {
        write("works.keys", key(1, 1));
        write("mill.keys", key(1, 2));
        write("works.toml", "assets = [\"unit-1\"]\nsilent_after = \"2h\"\ntariff = \"sat.toml\"\n");
        write("sat.toml", "currency = \"EUR\"\nper_message = 0.1\n");
        SitesFolder sites = opened();
        SiteSettings works = site(sites, "works");
        assertThat(works.asset(0)).isEqualTo("unit-1");
        assertThat(works.asset(1)).isEqualTo("asset-2");
        assertThat(works.silentAfter()).isEqualTo(Duration.ofHours(2));
        assertThat(works.overheadBytes()).isEqualTo(20);
        assertThat(works.tariff().currency()).isEqualTo("EUR");
        assertThat(site(sites, "mill").silentAfter()).isEqualTo(Duration.ofHours(36));
        write("works.toml", "asset = [\"unit-1\"]\nsilent_after = \"soon\"\n");
        sites.look();
        assertThat(sites.wrong().get("works")).contains("2 problems", "did you mean 'assets'?", "a duration such as");
        assertThat(site(sites, "works")).isSameAs(works);
    }

    @Test
    void aKeyFileThatEverybodyMayReadIsNotTaken() throws Exception {
        write("works.keys", key(1, 1));
        Files.setPosixFilePermissions(folder.resolve("works.keys"), PosixFilePermissions.fromString("rw-r--r--"));
        SitesFolder sites = opened();
        assertThat(sites.sites()).isEmpty();
        assertThat(sites.wrong().get("works")).contains("everybody may read it", "chmod o-rwx");
    }
}
