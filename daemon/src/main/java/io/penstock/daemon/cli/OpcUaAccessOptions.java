package io.penstock.daemon.cli;

import io.penstock.sensors.opcua.OpcUaAccess;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How a server that no configuration names yet is reached; the same as the keys of {@code [[opcua]]}. */
final class OpcUaAccessOptions {
    @Option(
            names = "--security",
            defaultValue = "NONE",
            description = "One of ${COMPLETION-CANDIDATES} (default: none); all but none need --trust-folder.")
    @SuppressWarnings("NullAway.Init")
    OpcUaAccess.Security security;

    @Option(
            names = "--mode",
            defaultValue = "SIGN_AND_ENCRYPT",
            description = "${COMPLETION-CANDIDATES} (default: sign_and_encrypt).")
    @SuppressWarnings("NullAway.Init")
    OpcUaAccess.Mode mode;

    @Option(
            names = "--trust-folder",
            paramLabel = "FOLDER",
            description = "Holds our key and the certificates of trusted servers.")
    @Nullable
    Path trustFolder;

    @Option(names = "--any-host", description = "The server's certificate need not name the endpoint's host.")
    boolean anyHost;

    @Option(names = "--user", paramLabel = "NAME", description = "With --password-file.")
    @Nullable
    String user;

    @Option(names = "--password-file", paramLabel = "FILE", description = "Its first line is the password.")
    @Nullable
    Path passwordFile;

    @Option(names = "--user-certificate", paramLabel = "FILE", description = "DER or PEM, with --user-key.")
    @Nullable
    Path userCertificate;

    @Option(names = "--user-key", paramLabel = "FILE", description = "Its key, PKCS#8, DER or PEM.")
    @Nullable
    Path userKey;

    OpcUaAccess of(String endpoint, CommandSpec spec) {
        OpcUaAccess.Login login = user != null && passwordFile != null
                ? new OpcUaAccess.Login.Password(user, passwordFile)
                : userCertificate != null && userKey != null
                        ? new OpcUaAccess.Login.Certificate(userCertificate, userKey)
                        : OpcUaAccess.ANONYMOUS;
        try {
            return new OpcUaAccess(endpoint, security, mode, login, trustFolder, !anyHost);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
