package io.penstock.models.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private final MemoryBudget budget = new MemoryBudget(1_000);

    private static final class Room implements MemoryBudget.Tenant {
        private final String name;
        private final int bound;
        private final long used;
        boolean pinned;
        boolean alive;
        volatile boolean busy;

        Room(String name, int bound, long used) {
            this.name = name;
            this.bound = bound;
            this.used = used;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int boundMiB() {
            return bound;
        }

        @Override
        public boolean isPinned() {
            return pinned;
        }

        @Override
        public boolean isAlive() {
            return alive;
        }

        @Override
        public boolean isAnswering() {
            return busy;
        }

        @Override
        public long lastUsedNanos() {
            return used;
        }

        @Override
        public boolean giveWay() {
            alive &= busy;
            return !busy;
        }
    }

    private final Room old = running(new Room("old", 400, 1));
    private final Room recent = running(new Room("recent", 400, 2));
    private final Room wanting = new Room("wanting", 300, 0);

    MemoryBudgetTest() {
        budget.join(wanting);
    }

    private Room running(Room room) {
        budget.join(room);
        assertThat(budget.claim(room)).isEmpty();
        room.alive = true;
        budget.started(room);
        return room;
    }

    @Test
    void theLongestUnusedGivesWayAndNoMoreThanNeeded() {
        assertThat(budget.claim(wanting)).isEmpty();
        assertThat(old.alive).isFalse();
        assertThat(recent.alive).isTrue();
    }

    @Test
    void oneThatAnswersOrIsPinnedStays() {
        old.busy = true;
        assertThat(budget.claim(wanting)).isEmpty();
        assertThat(old.alive).isTrue();
        assertThat(recent.alive).isFalse();

        recent.alive = true;
        recent.pinned = true;
        budget.started(wanting);
        assertThat(budget.claim(wanting))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("300 MiB")
                        .contains("budget of 1000 MiB")
                        .contains("200 are free while others answer"));
    }

    @Test
    void aPinnedOnesRoomIsKeptWhileItDoesNotRun() {
        recent.pinned = true;
        recent.alive = false;
        assertThat(budget.claim(new Room("huge", 700, 0)))
                .hasValueSatisfying(why -> assertThat(why).contains("unpin a model"));
        assertThat(old.alive).as("nobody is ended for nothing").isTrue();
    }

    @Test
    void oneThatIsJustStartingHasItsRoomAlready() {
        assertThat(budget.claim(wanting)).isEmpty();
        Room another = new Room("another", 400, 0);
        assertThat(budget.claim(another)).isEmpty();
        assertThat(recent.alive).as("not the starting one").isFalse();
    }

    @Test
    void withoutABudgetEveryoneHasRoom() {
        MemoryBudget none = new MemoryBudget(0);
        assertThat(none.claim(new Room("huge", 1 << 20, 0))).isEmpty();
    }

    @Test
    void aStartNobodyWaitsForComesAfterTheAnswersOfOthers() throws InterruptedException {
        old.busy = true;
        Thread start = Thread.ofPlatform().start(() -> Courtesy.wait(budget, wanting));
        assertThat(start.join(Duration.ofMillis(600)))
                .as("it waits while another answers")
                .isFalse();
        old.busy = false;
        assertThat(start.join(Duration.ofSeconds(5))).isTrue();
    }

    @Test
    void aStartThatSomebodyWaitsForIsCourteousToNobody() throws InterruptedException {
        old.busy = true;
        wanting.busy = true;
        Thread start = Thread.ofPlatform().start(() -> Courtesy.wait(budget, wanting));
        assertThat(start.join(Duration.ofSeconds(3)))
                .as("well before the five seconds")
                .isTrue();
    }
}
