package io.penstock.daemon.commission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.daemon.detect.Commission;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrderFolderTest {
    private static final BaselineOrder RELEARN = new BaselineOrder(Commission.RELEARN, "unit-1", "anna");

    @TempDir
    Path folder;

    private OrderFolder orders;

    @BeforeEach
    void create() throws Exception {
        orders = OrderFolder.of(folder.resolve("p.db"));
        orders.create();
    }

    @Test
    void anOrderIsFoundAnsweredAndGone() throws Exception {
        String id = orders.submit(RELEARN);
        assertThat(orders.takeAnswer(id)).isEmpty();
        List<OrderFolder.Found> found = orders.waiting(0);
        assertThat(found).singleElement().isInstanceOfSatisfying(OrderFolder.Found.Order.class, one -> {
            assertThat(one.order()).isEqualTo(RELEARN);
            assertThat(one.owner()).isEqualTo(System.getProperty("user.name"));
        });
        orders.answer(found.getFirst(), "done");
        assertThat(orders.waiting(0)).isEmpty();
        assertThat(orders.withdraw(id)).isFalse();
        assertThat(orders.takeAnswer(id)).hasValue("done");
        assertThat(orders.path()).isEmptyDirectory();
    }

    @Test
    void anOrderTakenBackIsNotFound() throws Exception {
        assertThat(orders.withdraw(orders.submit(RELEARN))).isTrue();
        assertThat(orders.waiting(0)).isEmpty();
    }

    @Test
    void whatIsNoOrderIsRefusedWithItsReason() throws Exception {
        Files.writeString(orders.path().resolve("a.order"), "drop all\n");
        Files.writeString(orders.path().resolve("b.order"), "penstock.baseline/1\texplode\tunit-1\tx\n");
        Files.writeString(orders.path().resolve("c.order"), "x".repeat(2000));
        Files.createSymbolicLink(
                orders.path().resolve("d.order"), Files.writeString(folder.resolve("p.db"), "a store"));
        Files.write(orders.path().resolve("e.order"), new byte[] {(byte) 0xff, (byte) 0xfe, 9});
        Files.writeString(orders.path().resolve("f.order.part"), "not yet whole");
        assertThat(orders.waiting(0))
                .hasSize(5)
                .allSatisfy(found -> assertThat(found).isInstanceOf(OrderFolder.Found.Refused.class));
    }

    @Test
    void answersNobodyCameForGoAfterAnHour() throws Exception {
        Path answer = Files.writeString(orders.path().resolve("a.answer"), "done");
        Files.setLastModifiedTime(answer, FileTime.fromMillis(1_000_000));
        orders.waiting(1_000_000 + 3_600_000);
        assertThat(answer).exists();
        orders.waiting(1_000_001 + 3_600_000);
        assertThat(answer).doesNotExist();
    }

    @Test
    void withoutADaemonsFolderThereIsNobodyToGiveAnOrderTo() {
        OrderFolder none = OrderFolder.of(folder.resolve("other.db"));
        assertThatThrownBy(() -> none.submit(RELEARN)).isInstanceOf(NoSuchFileException.class);
    }
}
