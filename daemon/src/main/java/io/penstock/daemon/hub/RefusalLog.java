package io.penstock.daemon.hub;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says why frames were not taken, a few a minute: strangers must not fill the log. All are counted in the store. */
final class RefusalLog {
    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
    private static final Duration SPAN = Duration.ofMinutes(1);
    private static final int MOST = 5;
    private static final int LONGEST_NAME = 100;

    private final InstantSource clock;
    private Instant since = Instant.MIN;
    private int said;
    private long unsaid;

    RefusalLog(InstantSource clock) {
        this.clock = clock;
    }

    void say(String site, String why) {
        Instant now = clock.instant();
        if (since.equals(Instant.MIN) || Duration.between(since, now).compareTo(SPAN) >= 0) {
            if (unsaid > 0) {
                LOG.warn("{} more frames were refused; 'penstock hub sites' counts them", unsaid);
            }
            since = now;
            said = 0;
            unsaid = 0;
        }
        if (said++ < MOST) {
            LOG.warn("refused a frame of {}: {}", printable(site), why);
        } else {
            unsaid++;
        }
    }

    private static String printable(String name) {
        String plain = name.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
        return plain.length() > LONGEST_NAME ? plain.substring(0, LONGEST_NAME) + "..." : plain;
    }
}
