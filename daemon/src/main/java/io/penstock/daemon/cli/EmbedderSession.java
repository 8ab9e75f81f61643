package io.penstock.daemon.cli;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.TextEmbedder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The embedder while one command runs: opened at its first use, closed at the end. */
final class EmbedderSession implements AutoCloseable {
    private final RouteCommand.EmbedderSource source;
    private final Path folder;
    private RouteCommand.@Nullable Opened opened;
    private @Nullable VectorCache cache;

    EmbedderSession(RouteCommand.EmbedderSource source, Path folder) {
        this.source = source;
        this.folder = folder;
    }

    /** For texts of routes files: kept on disk. */
    VectorCache cached() throws ModelUnavailable {
        RouteCommand.Opened now = open();
        if (cache == null) {
            cache = new VectorCache(now.embedder(), folder, now.modelSha256());
        }
        return cache;
    }

    /** For the texts asked about: nothing of them stays on disk. */
    TextEmbedder direct() throws ModelUnavailable {
        return open().embedder();
    }

    private RouteCommand.Opened open() throws ModelUnavailable {
        if (opened == null) {
            opened = source.open();
        }
        return opened;
    }

    void keep() {
        if (cache != null) {
            cache.close();
        }
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.embedder().close();
        }
    }
}
