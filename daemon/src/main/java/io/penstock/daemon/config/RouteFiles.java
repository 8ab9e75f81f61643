package io.penstock.daemon.config;

import io.penstock.daemon.route.RouteSettings;
import io.penstock.daemon.route.Routes;
import io.penstock.daemon.route.RoutesFile;
import io.penstock.daemon.route.ShippedRoutes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the routes file a configuration names, or gives the shipped one. */
public final class RouteFiles {
    private RouteFiles() {}

    /**
     * @throws ConfigWrong with every mistake of the file
     * @throws IOException when it cannot be read
     */
    public static Routes read(RouteSettings settings) throws ConfigWrong, IOException {
        if (settings.file() == null) {
            return ShippedRoutes.defaults();
        }
        Path file = Path.of(settings.file());
        return parse(file, Files.readString(file));
    }

    static Routes parse(Path file, String text) throws ConfigWrong {
        return switch (RoutesFile.read(text)) {
            case RoutesFile.Accepted accepted -> accepted.routes();
            case RoutesFile.Refused refused ->
                throw new ConfigWrong(
                        file,
                        refused.mistakes().stream()
                                .map(RoutesFile.Mistake::toString)
                                .toList());
        };
    }
}
