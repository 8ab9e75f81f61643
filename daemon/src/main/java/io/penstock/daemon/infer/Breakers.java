package io.penstock.daemon.infer;

import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The breakers of all candidates, one for each class of failure. They outlive a change of the configuration. Any thread. */
public final class Breakers {
    private final InstantSource clock;
    private final Map<String, Candidate> candidates = new HashMap<>();

    private static final class Candidate {
        private final Map<Failure, Breaker> breakers = new EnumMap<>(Failure.class);
        private boolean proven;
        private long answers;
        private long failures;
        private String last = "";
    }

    /**
     * How a candidate stands.
     *
     * @param open the class of failure it is left alone for; empty where it may be asked
     * @param until when it is tried again; null where it may be asked, or is being tried
     * @param answers questions it answered
     * @param failures tries that failed
     * @param last why the newest of them failed; empty when none did
     */
    public record Standing(Optional<Failure> open, Optional<Instant> until, long answers, long failures, String last) {
        static final Standing FRESH = new Standing(Optional.empty(), Optional.empty(), 0, 0, "");
    }

    public Breakers(InstantSource clock) {
        this.clock = clock;
    }

    /** How the candidate of that name stands. */
    public synchronized Standing of(String name) {
        Candidate candidate = candidates.get(name);
        if (candidate == null) {
            return Standing.FRESH;
        }
        Instant now = clock.instant();
        for (Map.Entry<Failure, Breaker> entry : candidate.breakers.entrySet()) {
            if (!entry.getValue().admits(now)) {
                Optional<Instant> until =
                        entry.getValue() instanceof Breaker.Open open ? Optional.of(open.until()) : Optional.empty();
                return new Standing(
                        Optional.of(entry.getKey()), until, candidate.answers, candidate.failures, candidate.last);
            }
        }
        return new Standing(Optional.empty(), Optional.empty(), candidate.answers, candidate.failures, candidate.last);
    }

    /** Whether its newest question was answered. */
    synchronized boolean isProven(String name) {
        return candidate(name).proven;
    }

    /** A question asks it now; {@link #answered} or {@link #failed} follows. */
    synchronized void asked(String name) {
        candidate(name).breakers.replaceAll((failure, breaker) -> breaker.asked());
    }

    /** It answered as asked: whatever it failed by is over. */
    public synchronized void answered(String name) {
        Candidate candidate = candidate(name);
        candidate.breakers.clear();
        candidate.proven = true;
        candidate.answers++;
    }

    /** It answered a question that was only to see whether it does. */
    public synchronized void ready(String name) {
        Candidate candidate = candidate(name);
        candidate.breakers.clear();
        candidate.proven = true;
    }

    /** It failed. */
    public synchronized void failed(String name, Failure failure, String why) {
        Candidate candidate = candidate(name);
        Instant now = clock.instant();
        candidate.breakers.replaceAll((other, breaker) -> other == failure ? breaker : breaker.unproven(now));
        candidate.breakers.put(
                failure,
                candidate.breakers.getOrDefault(failure, Breaker.CLOSED).failed(failure, now));
        candidate.proven = false;
        candidate.failures++;
        candidate.last = why;
    }

    /** It failed in a way it keeps account of itself: whether it may be asked, it says. */
    synchronized void failedByItself(String name, String why) {
        Candidate candidate = candidate(name);
        Instant now = clock.instant();
        candidate.breakers.replaceAll((other, breaker) -> breaker.unproven(now));
        candidate.proven = false;
        candidate.failures++;
        candidate.last = why;
    }

    private Candidate candidate(String name) {
        return candidates.computeIfAbsent(name, n -> new Candidate());
    }
}
