package io.penstock.daemon.route;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The files that come with the program itself: part of the code, not of the world outside. */
public final class ShippedRoutes {
    private ShippedRoutes() {}

    /** The product's routes file. */
    public static Routes defaults() {
        return routes("default.toml");
    }

    /** What calls to a model are for: the names of the audit's tasks. */
    public static Routes tasks() {
        return routes("tasks.toml");
    }

    private static Routes routes(String name) {
        return switch (RoutesFile.read(text(name))) {
            case RoutesFile.Accepted accepted -> accepted.routes();
            case RoutesFile.Refused refused ->
                throw new IllegalStateException("the shipped routes file " + name + " is wrong: " + refused.mistakes());
        };
    }

    /** Some 200 everyday sentences that belong to no route of any plant. */
    public static List<String> negatives() {
        return text("negatives.txt")
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }

    /** The rules by which a case is routed. */
    public static CaseRules caseRules() {
        return CaseRules.read(text("case-rules.toml"));
    }

    private static String text(String name) {
        try (InputStream in = ShippedRoutes.class.getResourceAsStream("/io/penstock/daemon/routes/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file routes/" + name + "; install it anew");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the program's own file routes/" + name, e);
        }
    }
}
