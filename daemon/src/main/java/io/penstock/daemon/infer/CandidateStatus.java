package io.penstock.daemon.infer;

import java.util.List;

/**
 * How a candidate stands, for people.
 *
 * @param name what it is known by
 * @param kind where it runs
 * @param roles it fills, in alphabetical order
 * @param standing what its breakers say
 */
public record CandidateStatus(String name, Expert.Kind kind, List<String> roles, Breakers.Standing standing) {
    public CandidateStatus {
        roles = List.copyOf(roles);
    }
}
