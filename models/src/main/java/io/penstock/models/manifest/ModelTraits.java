package io.penstock.models.manifest;

import java.util.List;
import java.util.Set;

/**
 * What a model is like, for who chooses one; its file is held to the first two.
 *
 * @param architecture as its file names it ({@code general.architecture}); empty where nobody stated it
 * @param quantization the type most of its numbers are written in, such as {@code Q4_K}; empty where nobody stated it
 * @param languages it was made for, by ISO 639
 * @param roles it is fit for, of {@link #ROLES}
 */
public record ModelTraits(String architecture, String quantization, List<String> languages, List<String> roles) {
    /** The fields of knowledge a question can be about. */
    public static final Set<String> ROLES = Set.of("vibration", "electrical", "hydraulic", "general", "question");

    /** Nothing is stated. */
    public static final ModelTraits UNSTATED = new ModelTraits("", "", List.of(), List.of());

    public ModelTraits {
        languages = List.copyOf(languages);
        roles = List.copyOf(roles);
        if (!ROLES.containsAll(roles)) {
            throw new IllegalArgumentException("roles are " + roles + ", expected of "
                    + ROLES.stream().sorted().toList());
        }
        if (!languages.stream().allMatch(language -> language.matches("[a-z]{2,3}"))) {
            throw new IllegalArgumentException("languages are " + languages + ", expected codes such as en");
        }
    }

    /**
     * Why a file with this head is not of this model; empty where it may be.
     *
     * @param header of the model's own file
     */
    public String objection(GgufHeader header) {
        if (header.adapter()) {
            return "it holds an adapter, expected a model";
        }
        if (!architecture.isEmpty() && !architecture.equals(header.architecture())) {
            return "its architecture is " + header.architecture() + ", expected " + architecture;
        }
        if (!quantization.isEmpty() && !quantization.equals(header.quantization())) {
            return "its numbers are written as " + header.quantization() + ", expected " + quantization;
        }
        return "";
    }
}
