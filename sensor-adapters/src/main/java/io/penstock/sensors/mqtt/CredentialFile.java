package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file whose first line is a secret. */
final class CredentialFile {
    private CredentialFile() {}

    /** @param what whose secret it is, for the error */
    static String firstLine(String what, Path file) throws LinkDown {
        try {
            return Files.readString(file).lines().findFirst().orElse("");
        } catch (NoSuchFileException e) {
            throw new LinkDown("read " + what + " from " + file + ": there is no such file; write it there", e);
        } catch (AccessDeniedException e) {
            throw new LinkDown(
                    "read " + what + " from " + file + ": not allowed for the user " + System.getProperty("user.name")
                            + "; give that user read permission",
                    e);
        } catch (IOException e) {
            throw new LinkDown("read " + what + " from " + file + ": " + e, e);
        }
    }
}
