package io.penstock.daemon.infer;

import io.penstock.daemon.route.CaseRouter;
import io.penstock.models.language.Urgency;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who may be asked, and in which order: the model that fills the role, the general one, then those elsewhere. Another speciality's
 * model is not asked: it knows less of the case than the general one.
 *
 * @param roles from role, or a model's own name, to the name of the local model that fills it
 * @param local models of this machine
 * @param elsewhere models of other machines, in the order they are to be tried
 */
public record Roster(Map<String, String> roles, List<Expert> local, List<Expert> elsewhere) {
    public static final Roster EMPTY = new Roster(Map.of(), List.of(), List.of());

    public Roster {
        roles = Map.copyOf(roles);
        local = List.copyOf(local);
        elsewhere = List.copyOf(elsewhere);
    }

    /** The same with models elsewhere. */
    public Roster with(List<Expert> others) {
        return new Roster(roles, local, others);
    }

    /** From role to name; without a general model here the first one elsewhere fills that role. */
    public Map<String, String> filled() {
        if (roles.containsKey(CaseRouter.GENERAL) || elsewhere.isEmpty()) {
            return roles;
        }
        Map<String, String> filled = new java.util.HashMap<>(roles);
        filled.put(CaseRouter.GENERAL, elsewhere.getFirst().name());
        return Map.copyOf(filled);
    }

    /**
     * The candidates for a question.
     *
     * @param model the name a route plan gives; empty when rules alone answer, then nobody
     * @param urgency at which they are asked
     */
    public List<Expert> candidates(String model, Urgency urgency) {
        if (model.isEmpty()) {
            return List.of();
        }
        List<Expert> all = new ArrayList<>();
        add(all, model);
        add(all, roles.getOrDefault(CaseRouter.GENERAL, ""));
        all.addAll(elsewhere);
        return all.stream().map(expert -> expert.at(urgency)).toList();
    }

    /** How each of them stands. */
    public List<CandidateStatus> standings(Breakers breakers) {
        List<Expert> all = new ArrayList<>(local);
        all.addAll(elsewhere);
        return all.stream()
                .map(expert -> new CandidateStatus(
                        expert.name(),
                        expert.kind(),
                        filled().entrySet().stream()
                                .filter(role -> role.getValue().equals(expert.name())
                                        && !role.getKey().equals(expert.name()))
                                .map(Map.Entry::getKey)
                                .sorted()
                                .toList(),
                        breakers.of(expert.name())))
                .toList();
    }

    private void add(List<Expert> all, String name) {
        local.stream()
                .filter(expert -> expert.name().equals(name) && !all.contains(expert))
                .forEach(all::add);
    }
}
