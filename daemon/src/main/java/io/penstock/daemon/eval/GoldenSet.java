package io.penstock.daemon.eval;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Cases with known answers, one JSON object a line ({@code penstock.golden/1}).
 *
 * @param cases with unique ids, in the files' order
 */
public record GoldenSet(List<GoldenCase> cases) {
    /** Written by the generator, and by hand. */
    public static final List<String> SHIPPED = List.of("generated-1.jsonl", "by-hand-1.jsonl");

    public GoldenSet {
        cases = List.copyOf(cases);
        Set<String> ids = new HashSet<>();
        for (GoldenCase one : cases) {
            if (!ids.add(one.id())) {
                throw new IllegalArgumentException("two golden cases have the id " + one.id());
            }
        }
    }

    /** The set inside the product. */
    public static GoldenSet shipped() {
        List<GoldenCase> all = new ArrayList<>();
        for (String file : SHIPPED) {
            try {
                all.addAll(GoldenReader.read(file, text(file)).cases());
            } catch (GoldenRefused e) {
                throw new IllegalStateException("the product was built with a wrong golden set: " + e.getMessage(), e);
            }
        }
        return new GoldenSet(all);
    }

    /** A shipped file's text. */
    static String text(String file) {
        try (InputStream in = GoldenSet.class.getResourceAsStream("/io/penstock/daemon/golden/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the product was built without its golden set " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("golden set " + file + " could not be read from the product", e);
        }
    }

    /**
     * A site's own set. Pure: the text alone decides.
     *
     * @param file the file's name, for messages
     * @throws GoldenRefused with all mistakes at once
     */
    public static GoldenSet parse(String file, String jsonLines) throws GoldenRefused {
        return GoldenReader.read(file, jsonLines);
    }

    /** The cases of one half. */
    public GoldenSet half(GoldenCase.Half half) {
        return new GoldenSet(cases.stream().filter(one -> one.half() == half).toList());
    }
}
