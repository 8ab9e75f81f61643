package io.penstock.daemon.cases;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The symptom matrices inside the product. A new machine class is a new file and one word here. */
public final class ShippedMatrices {
    /** The classes known, each a file {@code fmsa/<kind>.toml} on the class path. */
    public static final List<String> KINDS = List.of(
            "hydro_francis",
            "hydro_pelton",
            "hydro_crossflow",
            "synchronous_generator",
            "induction_motor",
            "centrifugal_pump",
            "fan",
            "belt_conveyor");

    /** Read once: a site has many machines of few kinds, and the files are part of the product. */
    private static final Map<String, SymptomMatrix> READ = new ConcurrentHashMap<>();

    private ShippedMatrices() {}

    /**
     * The matrix of a class.
     *
     * @throws MatrixRefused when no such class is shipped
     */
    public static SymptomMatrix of(String kind) throws MatrixRefused {
        SymptomMatrix known = READ.get(kind);
        if (known == null) {
            known = SymptomMatrix.parse(kind + ".toml", text(kind));
            READ.put(kind, known);
        }
        return known;
    }

    /** The file's text as shipped, to start a site's own matrix from. */
    public static String text(String kind) throws MatrixRefused {
        if (!KINDS.contains(kind)) {
            String nearest = SymptomWords.nearest(kind, KINDS);
            throw new MatrixRefused(
                    kind + ".toml",
                    List.of("line 1: no matrix of kind \"" + SafeName.forPeople(kind) + "\" is shipped, only "
                            + String.join(", ", KINDS) + (nearest == null ? "" : "; did you mean " + nearest + "?")));
        }
        try (InputStream in = ShippedMatrices.class.getResourceAsStream("/io/penstock/daemon/fmsa/" + kind + ".toml")) {
            if (in == null) {
                throw new IllegalStateException("the product was built without its symptom matrix " + kind + ".toml");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("symptom matrix " + kind + ".toml could not be read from the product", e);
        }
    }
}
