package io.penstock.models.worker;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import java.time.Duration;
import java.util.List;

/** A parent to be killed: prints its child's pid, then keeps it computing. */
final class ShortLivedParent {
    private ShortLivedParent() {}

    public static void main(String[] args) throws ModelUnavailable {
        WorkerProcess worker = Installed.writer(WorkerSettings.defaults());
        worker.score(new Prompt("Name it.", "Noise."), List.of("a", "b"), Duration.ofMinutes(1));
        System.out.println(worker.status().pid());
        for (int i = 0; i < 1000; i++) {
            worker.score(new Prompt("x ".repeat(800) + i, "y ".repeat(400)), List.of("a", "b"), Duration.ofMinutes(5));
        }
    }
}
