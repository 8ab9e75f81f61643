package io.penstock.daemon;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Fault;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.prompt.CaseLibrary;
import io.penstock.daemon.prompt.CaseLibrary.Neighbour;
import io.penstock.daemon.prompt.PastCase;
import io.penstock.daemon.store.Database;
import io.penstock.daemon.store.PastCases;
import io.penstock.daemon.store.StoreFailed;
import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Past cases: those of the textbook and those a person named at this site, by machine class. The sense lane asks for the nearest without
 * ever waiting; the diagnose lane may wait for the embedder. A reload of the configuration keeps it.
 */
final class CaseMemory {
    private static final Logger LOG = LoggerFactory.getLogger(CaseMemory.class);
    private static final int NEAREST = 3;
    private static final int MOST_KEPT = 2_000;
    private static final int MOST_VECTORS = 4_096;

    private final Database database;
    private final @Nullable TextEmbedder embedder;
    /** Of this site, newest first. */
    private volatile List<PastCases.Kept> kept = List.of();

    /** By text; used by the diagnose lane alone. Bounded: what was not asked for longest goes. */
    private final Map<String, float[]> vectors = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
            return size() > MOST_VECTORS;
        }
    };

    CaseMemory(Database database, @Nullable TextEmbedder embedder) throws StoreFailed {
        this.database = database;
        this.embedder = embedder;
        reload();
    }

    /** Reads what is kept, after it changed. Any thread. */
    void reload() throws StoreFailed {
        kept = database.read(c -> PastCases.newest(c, MOST_KEPT));
    }

    /** By symptoms in common; never waits. */
    List<Neighbour> nearest(CaseRecord record, SymptomMatrix matrix) {
        return library(matrix).nearest(record, NEAREST);
    }

    /**
     * By symptoms in common and by meaning; as {@link #nearest} where there is no embedder, or it fails. For the diagnose lane.
     *
     * @param deadline for one text
     */
    List<Neighbour> nearestInMeaning(CaseRecord record, SymptomMatrix matrix, Duration deadline) {
        CaseLibrary library = library(matrix);
        TextEmbedder asked = embedder;
        if (asked == null) {
            return library.nearest(record, NEAREST);
        }
        try {
            embed(asked, CaseLibrary.text(record), deadline);
            for (String text : library.texts()) {
                embed(asked, text, deadline);
            }
            return library.nearest(record, NEAREST, vectors::get);
        } catch (ModelUnavailable e) {
            LOG.debug("past cases by symptoms alone: {}", e.getMessage());
            return library.nearest(record, NEAREST);
        }
    }

    private void embed(TextEmbedder asked, String text, Duration deadline) throws ModelUnavailable {
        if (!text.isEmpty() && vectors.get(text) == null) {
            vectors.put(text, Objects.requireNonNull(asked.embed(text, deadline)));
        }
    }

    private CaseLibrary library(SymptomMatrix matrix) {
        List<PastCase> here = kept.stream()
                .filter(one -> one.kind().equals(matrix.kind()))
                .map(PastCases.Kept::past)
                // a false alarm is no fault to compare with
                .filter(past -> !past.fault().equals(Fault.NORMAL))
                .toList();
        return CaseLibrary.of(matrix, here);
    }
}
