package io.penstock.daemon.config;

import io.penstock.daemon.infer.InferSettings;
import io.penstock.daemon.infer.LocalModel;
import io.penstock.daemon.route.CaseRouter;
import io.penstock.models.manifest.ModelManifest;
import io.penstock.models.worker.WorkerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads {@code [infer]}: the general model by keys of its own, others as {@code [[infer.expert]]}, and what adapts any of them. */
final class InferTable {
    private static final String NAME = "[a-z0-9][a-z0-9._-]{0,99}";
    private static final int DEFAULT_MEMORY_MIB = 1_024;

    private final UnaryOperator<String> path;
    private final Map<String, String> filled = new HashMap<>();
    private final Map<String, String> named = new HashMap<>();

    /** @param path makes a path absolute, relative to the configuration's folder */
    InferTable(UnaryOperator<String> path) {
        this.path = path;
    }

    InferSettings read(Section s) {
        boolean enabled = s.flag("enabled", true);
        int threads = s.whole("threads", WorkerSettings.defaults().threads(), 1, 256);
        List<LocalModel> models = new ArrayList<>();
        models.add(general(s, threads));
        for (Section m : s.sections("expert")) {
            models.add(expert(m, threads));
        }
        InferSettings settings = new InferSettings(
                enabled ? models : List.of(),
                s.whole("budget_mib", 0, 0, 1 << 20),
                s.duration("deadline", Duration.ofSeconds(20)),
                s.duration("take_over", InferSettings.TAKE_OVER),
                s.whole("max_tokens", 80, 1, 512));
        refuseWhatNeverFits(s, settings);
        s.done();
        return settings;
    }

    private LocalModel general(Section s, int threads) {
        String model = s.text("model", InferSettings.DEFAULT_MODEL);
        String file = file(s);
        int memory = s.whole("memory_mib", DEFAULT_MEMORY_MIB, 128, 1 << 20);
        String name = file == null ? model : nameOf(s, file);
        named.put(name, name);
        filled.put(CaseRouter.GENERAL, "[infer] itself");
        return new LocalModel(
                name,
                List.of(CaseRouter.GENERAL),
                file,
                sha256(s, file, "a model file of your own"),
                template(s),
                // here the key is about a file of one's own alone; a catalogue's model has its own bound
                file == null ? 0 : memory,
                threads,
                true,
                adapters(s, name));
    }

    private LocalModel expert(Section m, int threads) {
        String name = m.requiredText("name");
        once(named, name, name, m, "name", "model");
        String file = file(m);
        if (file != null && !name.matches(NAME)) {
            m.problem("name", "found \"" + name + "\", expected lower-case letters, digits, dot, dash, underline");
        }
        List<LocalModel.LoraAdapter> adapters = adapters(m, name);
        LocalModel expert = new LocalModel(
                name,
                roles(m, name, adapters.isEmpty()),
                file,
                sha256(m, file, "a model file of your own"),
                template(m),
                m.whole("memory_mib", file == null ? 0 : DEFAULT_MEMORY_MIB, file == null ? 0 : 128, 1 << 20),
                m.whole("threads", threads, 1, 256),
                m.flag("pin", false),
                adapters);
        m.done();
        return expert;
    }

    private List<LocalModel.LoraAdapter> adapters(Section s, String model) {
        List<LocalModel.LoraAdapter> adapters = new ArrayList<>();
        for (Section a : s.sections("adapter")) {
            String name = a.requiredText("name");
            String whole = model + "+" + name;
            once(named, whole, whole, a, "name", "adapter");
            String file = path.apply(a.requiredText("file"));
            adapters.add(new LocalModel.LoraAdapter(
                    name, roles(a, whole, true), file, String.valueOf(sha256(a, file, "an adapter"))));
            a.done();
        }
        return adapters;
    }

    /** @param needed whether an entry without a role could never be asked */
    private List<String> roles(Section s, String name, boolean needed) {
        List<String> roles = s.texts("roles");
        if (roles.isEmpty() && needed) {
            s.problem(
                    "roles",
                    "missing; a list of roles such as [\"vibration\", \"electrical\"], or of routes' names: nothing would"
                            + " ever be asked of it");
        }
        roles.forEach(role -> once(filled, role, name, s, "roles", "role"));
        return roles;
    }

    private static void once(Map<String, String> taken, String word, String by, Section s, String key, String what) {
        String before = taken.putIfAbsent(word, by);
        if (before != null) {
            s.problem(key, "the " + what + " \"" + word + "\" is taken already, by " + before);
        }
    }

    private static void refuseWhatNeverFits(Section s, InferSettings settings) {
        if (settings.budgetMiB() == 0) {
            return;
        }
        int pinned = settings.models().stream()
                .filter(LocalModel::pinned)
                .mapToInt(LocalModel::memoryMiB)
                .sum();
        for (LocalModel model : settings.models()) {
            int beside = model.pinned() ? pinned : pinned + model.memoryMiB();
            if (beside > settings.budgetMiB()) {
                s.problem(
                        "budget_mib",
                        "found " + settings.budgetMiB() + ", but " + model.name()
                                + (model.pinned() ? " and the other pinned models" : " beside the pinned models")
                                + " may use " + beside + " MiB: raise it, lower memory_mib, or unpin one");
                return;
            }
        }
    }

    private static String nameOf(Section s, String file) {
        try {
            return ModelManifest.ofFile(Path.of(file), ModelManifest.Template.PLAIN, 16, 64, null)
                    .name();
        } catch (IllegalArgumentException e) {
            s.problem("file", String.valueOf(e.getMessage()));
            return InferSettings.DEFAULT_MODEL;
        }
    }

    private static ModelManifest.Template template(Section s) {
        return s.choice("template", ModelManifest.Template.class, ModelManifest.Template.CHATML);
    }

    private @Nullable String file(Section s) {
        String file = s.text("file", "");
        return file.isEmpty() ? null : path.apply(file);
    }

    private static @Nullable String sha256(Section s, @Nullable String file, String what) {
        String sha256 = s.text("sha256", "");
        if (!sha256.isEmpty() && !sha256.matches("[0-9a-f]{64}")) {
            s.problem(
                    "sha256", "found \"" + sha256 + "\", expected 64 hexadecimal digits (sha256sum FILE prints them)");
        }
        if (file != null && sha256.isEmpty()) {
            s.problem("file", what + " needs its sha256: corrupt weights load without a word");
        }
        return sha256.isEmpty() ? null : sha256;
    }
}
