package io.penstock.sensors.mqtt;

import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * How an {@code ssl://} connection proves who is who. The broker's certificate is always checked, its host name too;
 * there is no switch to leave that out. All files are read at each connect, so that a renewed one is enough.
 *
 * @param trustFile PEM file with the certificates to trust; without it the Java runtime's own list
 * @param certificateFile PEM file with our certificate, and after it those between it and the CA
 * @param keyFile PEM file with its private key: PKCS#8, PKCS#1 (RSA) or SEC 1 (EC), encrypted or not
 * @param keyPasswordFile its first line opens an encrypted key
 * @param minimum the oldest TLS that is spoken
 */
public record MqttTls(
        @Nullable Path trustFile,
        @Nullable Path certificateFile,
        @Nullable Path keyFile,
        @Nullable Path keyPasswordFile,
        Minimum minimum) {
    /** The runtime's list of trusted certificates, no certificate of ours. */
    public static final MqttTls DEFAULT = new MqttTls(null, null, null, null, Minimum.TLS_1_2);

    /** Older ones than 1.2 are not spoken at all. */
    public enum Minimum {
        TLS_1_2,
        TLS_1_3
    }

    public MqttTls {
        if ((certificateFile == null) != (keyFile == null)) {
            throw new IllegalArgumentException("certificate_file and key_file go together, found only one");
        }
        if (keyPasswordFile != null && keyFile == null) {
            throw new IllegalArgumentException("key_password_file is given without key_file");
        }
    }

    /**
     * For a client that speaks something else than MQTT by the same rules; it must ask for host names to be checked.
     *
     * @throws LinkDown when a file is not as it must be: which, and what to do
     */
    public SSLContext context() throws LinkDown {
        return TlsSockets.context(this);
    }

    /** The versions that may be spoken, and that the server's name is checked. */
    public SSLParameters parameters() {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(TlsSockets.protocols(minimum));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        return parameters;
    }

    public MqttTls trusting(@Nullable Path file) {
        return new MqttTls(file, certificateFile, keyFile, keyPasswordFile, minimum);
    }
}
