package io.penstock.daemon.cli;

import io.penstock.daemon.eval.Evaluation;
import io.penstock.daemon.eval.EvaluationReport;
import io.penstock.daemon.eval.Examinee;
import io.penstock.daemon.eval.GoldenSet;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.PullFailed;
import io.penstock.models.worker.WorkerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * One model asked a golden set by the daemon's own rooms.
 *
 * @param report what it answered
 * @param residentMiB of its process at the end
 * @param load from the start of its process until it could be asked
 */
record ModelExam(EvaluationReport report, int residentMiB, Duration load) {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final int MAX_TOKENS = 80;

    /**
     * Asks it.
     *
     * @param explanations how many it writes
     */
    static ModelExam of(
            InstalledModel model, GoldenSet set, int explanations, int threads, Evaluation.Progress progress)
            throws PullFailed, IOException, ModelUnavailable {
        try (LocalModels.Language language = LocalModels.language(model, threads)) {
            WorkerProcess worker = language.worker();
            // a model that does not load is no model with wrong answers
            worker.score(new Prompt("Answer.", "Is it loaded?"), List.of("yes", "no"), DEADLINE);
            Examinee examinee =
                    new Examinee(language.name(), language.sha256(), worker, explanations, MAX_TOKENS, DEADLINE);
            EvaluationReport report = Evaluation.of(
                            set, EvalCommand.matrices(set), EvalCommand.router(language.name()), examinee)
                    .run(progress);
            return new ModelExam(
                    report, worker.status().residentMiB(), worker.status().load());
        }
    }
}
