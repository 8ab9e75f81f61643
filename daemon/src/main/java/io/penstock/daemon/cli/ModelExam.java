package io.penstock.daemon.cli;

import io.penstock.daemon.eval.Evaluation;
import io.penstock.daemon.eval.EvaluationReport;
import io.penstock.daemon.eval.Examinee;
import io.penstock.daemon.eval.GoldenRefused;
import io.penstock.daemon.eval.GoldenSet;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.Prompt;
import io.penstock.models.store.InstalledModel;
import io.penstock.models.store.PullFailed;
import io.penstock.models.worker.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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

    /** The shipped set or a site's own, thinned evenly to at most so many cases; 0 leaves all. */
    static GoldenSet set(@Nullable Path file, int most) throws IOException {
        GoldenSet set;
        try {
            set = file == null
                    ? GoldenSet.shipped()
                    : GoldenSet.parse(String.valueOf(file.getFileName()), Files.readString(file));
        } catch (GoldenRefused e) {
            throw new IOException(e.getMessage(), e);
        }
        int size = set.cases().size();
        if (most <= 0 || most >= size) {
            return set;
        }
        return new GoldenSet(IntStream.range(0, most)
                .mapToObj(i -> set.cases().get((int) ((long) i * size / most)))
                .toList());
    }
}
