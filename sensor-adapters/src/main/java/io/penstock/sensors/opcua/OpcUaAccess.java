package io.penstock.sensors.opcua;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one OPC UA server is reached.
 *
 * @param endpoint {@code opc.tcp://host:port/path}
 * @param mode what the security does; without meaning for {@link Security#NONE}
 * @param trustFolder holds our certificate and the servers' we trust; needed with security, see {@link TrustFolder}
 * @param verifyHost whether the server's certificate must name the host of the endpoint
 */
public record OpcUaAccess(
        String endpoint,
        Security security,
        Mode mode,
        Login login,
        @Nullable Path trustFolder,
        boolean verifyHost) {

    /** The policies of OPC UA Part 7 that are neither deprecated nor elliptic. */
    public enum Security {
        NONE,
        BASIC256SHA256,
        AES128_SHA256_RSAOAEP,
        AES256_SHA256_RSAPSS
    }

    public enum Mode {
        SIGN_AND_ENCRYPT,
        SIGN
    }

    /** Whom we say we are. Files are read at each connect. */
    public sealed interface Login {
        record Anonymous() implements Login {}

        /** @param passwordFile its first line is the password */
        record Password(String user, Path passwordFile) implements Login {}

        /**
         * @param certificateFile DER or PEM
         * @param keyFile its private key, PKCS#8, DER or PEM, without a password
         */
        record Certificate(Path certificateFile, Path keyFile) implements Login {}
    }

    public static final Login ANONYMOUS = new Login.Anonymous();

    public OpcUaAccess {
        if (!endpoint.matches("opc\\.tcp://[^/\\s]+(/\\S*)?")) {
            throw new IllegalArgumentException("endpoint is " + endpoint + ", expected opc.tcp://HOST:PORT/PATH");
        }
        if (security != Security.NONE && trustFolder == null) {
            throw new IllegalArgumentException(
                    "security " + security + " needs a trust folder for the certificates, found none");
        }
    }

    /** Unprotected and anonymous. */
    public static OpcUaAccess of(String endpoint) {
        return new OpcUaAccess(endpoint, Security.NONE, Mode.SIGN_AND_ENCRYPT, ANONYMOUS, null, true);
    }

    /** The folder of certificates, where this access is protected. */
    Optional<TrustFolder> trust() {
        return security == Security.NONE || trustFolder == null
                ? Optional.empty()
                : Optional.of(new TrustFolder(trustFolder));
    }
}
