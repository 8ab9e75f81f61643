package io.penstock.models.worker;

import java.time.Duration;

/**
 * A start that nobody waits for leaves the processors to the others' answers: a worker that died is answered for by another, and
 * loading beside it would make that answer late. Not for ever: at most five seconds.
 */
final class Courtesy {
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final int MOST_LOOKS = 100;
    /** Between the two halves of an answer nobody answers for a moment. */
    private static final int QUIET_LOOKS = 4;

    private Courtesy() {}

    /** Waits until the others are quiet, or somebody asks {@code who}. Interrupted, it returns at once. */
    static void wait(MemoryBudget budget, MemoryBudget.Tenant who) {
        int quiet = budget.hasAnother(who) ? 0 : QUIET_LOOKS;
        try {
            for (int looks = 0; looks < MOST_LOOKS && quiet < QUIET_LOOKS; looks++) {
                Thread.sleep(LOOK);
                if (who.isAnswering()) {
                    return;
                }
                quiet = budget.isAnotherAnswering(who) ? 0 : quiet + 1;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
