package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.store.Database;
import io.penstock.daemon.uplink.UplinkQueue.Payment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UplinkQueueTest {
    @TempDir
    Path folder;

    @Test
    void framesArePaidOftenAndCountedOnceByKeyAndCounterAndWhatCameDownIsNone() throws Exception {
        try (Database database = Database.open(folder.resolve("p.db"))) {
            for (Payment payment : new Payment[] {
                new Payment(1, 0, UplinkLane.CRITICAL, 50, 50, 0.5),
                new Payment(1, 0, UplinkLane.CRITICAL, 50, 50, 0.5),
                new Payment(2, 0, UplinkLane.DIAGNOSIS, 40, 40, 0.25),
                new Payment(Payment.NO_FRAME, 0, UplinkLane.HEALTH, 10, 10, 0.125)
            }) {
                database.write(c -> UplinkQueue.pay(c, payment, 1));
            }
            assertThat(database.<UplinkQueue.Paid>write(UplinkQueue::paid))
                    .isEqualTo(new UplinkQueue.Paid(2, 150, 1.375));
        }
    }

    @Test
    void nothingWasPaidWhereNothingLeft() throws Exception {
        try (Database database = Database.open(folder.resolve("p.db"))) {
            assertThat(database.<UplinkQueue.Paid>write(UplinkQueue::paid)).isEqualTo(new UplinkQueue.Paid(0, 0, 0));
        }
    }
}
