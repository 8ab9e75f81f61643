package io.penstock.daemon.cli;

import io.penstock.daemon.commission.Order;
import io.penstock.daemon.commission.OrderFolder;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;

/** An order left beside the store for the running daemon; without an answer it is taken back, so that nothing happens later. */
final class GivenOrder {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final OrderFolder folder;
    private final String id;

    private GivenOrder(OrderFolder folder, String id) {
        this.folder = folder;
        this.id = id;
    }

    /** @throws IOException that says what to do when there is no folder, or one may not write there */
    static GivenOrder to(OrderFolder folder, Order order) throws IOException {
        try {
            return new GivenOrder(folder, folder.submit(order));
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "give an order in " + folder.path() + ": there is no such folder; a daemon makes it when it"
                            + " starts with this configuration",
                    e);
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "give an order in " + folder.path() + ": not permitted; run it as root or as the daemon's user", e);
        }
    }

    /**
     * Waits for the answer.
     *
     * @param patience until the order is taken back
     * @param longest what carrying it out may take once the daemon has taken it
     * @return empty when no daemon took it: the order was taken back and nothing was changed
     */
    Optional<String> answer(Duration patience, Duration longest) throws IOException, InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        Optional<String> answer = folder.takeAnswer(id);
        boolean withdrawn = false;
        while (answer.isEmpty() && !withdrawn) {
            if (System.nanoTime() > end) {
                withdrawn = folder.withdraw(id);
            }
            Thread.sleep(LOOK);
            answer = folder.takeAnswer(id);
            if (System.nanoTime() > end + patience.plus(longest).toNanos()) {
                throw new IOException("the daemon took the order, but gave no answer; its log says what it did");
            }
        }
        return answer.map(String::strip);
    }
}
