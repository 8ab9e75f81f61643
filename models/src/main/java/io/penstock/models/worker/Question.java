package io.penstock.models.worker;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.penstock.models.language.Prompt;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.store.InstalledModel;
import java.util.List;

/** What the worker is told; one frame each, every one with an id that its answer carries. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Question.Load.class, name = "load"),
    @JsonSubTypes.Type(value = Question.Score.class, name = "score"),
    @JsonSubTypes.Type(value = Question.Complete.class, name = "complete"),
    @JsonSubTypes.Type(value = Question.Embed.class, name = "embed"),
})
sealed interface Question {
    long id();

    /**
     * Always the first: load this model.
     *
     * @param files absolute paths, the model first
     * @param adapters LoRA adapters of it
     * @param natives absolute path of the folder with the runtime's shared libraries
     * @param ahead the instruction to read before the first question comes; empty for none
     */
    record Load(
            long id,
            ModelManifest.Format format,
            ModelManifest.Template template,
            List<String> files,
            List<AdapterFile> adapters,
            String natives,
            int contextTokens,
            int threads,
            int threadsBatch,
            String ahead)
            implements Question {
        /** The question for this model with its usable adapters; where the settings leave the context open, the manifest's. */
        static Load of(
                long id,
                InstalledModel model,
                List<Adapter> usable,
                InstalledModel natives,
                WorkerSettings settings,
                String ahead) {
            ModelManifest manifest = model.manifest();
            return new Load(
                    id,
                    manifest.format(),
                    manifest.template(),
                    manifest.files().stream()
                            .map(file ->
                                    model.file(file.name()).toAbsolutePath().toString())
                            .toList(),
                    usable.stream()
                            .map(adapter -> new AdapterFile(
                                    adapter.name(),
                                    adapter.file().toAbsolutePath().toString()))
                            .toList(),
                    natives.folder().toAbsolutePath().toString(),
                    settings.contextTokens() > 0 ? settings.contextTokens() : manifest.contextTokens(),
                    settings.threads(),
                    settings.threadsBatch(),
                    ahead);
        }
    }

    /**
     * A LoRA adapter.
     *
     * @param file absolute path
     */
    record AdapterFile(String name, String file) {}

    /**
     * Log-probability of each label.
     *
     * @param adapter to answer through; empty for the base alone
     */
    record Score(long id, String adapter, Prompt prompt, List<String> labels, long budgetMillis) implements Question {}

    /**
     * Text under a grammar.
     *
     * @param adapter to answer through; empty for the base alone
     */
    record Complete(long id, String adapter, Prompt prompt, String grammar, int maxTokens, long budgetMillis)
            implements Question {}

    /** A text's vector. */
    record Embed(long id, String text) implements Question {}
}
