package io.penstock.sensors.mqtt;

import io.penstock.sensors.reading.MachineClock;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Checks a broker's certificate as the JDK does, refuses weak ones besides (SHA-1 or MD5 signatures, RSA below 2048
 * bits, EC below 224, which the JDK still takes from a private CA; NIST SP 800-131A), and says in one plain line
 * what was found and what to do.
 */
final class BrokerTrust extends X509ExtendedTrustManager {
    private static final int LEAST_RSA_BITS = 2048;
    private static final int LEAST_EC_BITS = 224;

    private final X509ExtendedTrustManager pkix;
    private final String trusted;

    BrokerTrust(X509ExtendedTrustManager pkix, @Nullable Path trustFile) {
        this.pkix = pkix;
        this.trusted = trustFile == null ? "the Java runtime's list (no trust_file is set)" : trustFile.toString();
    }

    /** A certificate that is not taken; the message is for the operator. */
    static final class Refused extends CertificateException {
        private static final long serialVersionUID = 1L;

        Refused(String message, Throwable cause) {
            super(message, cause);
        }

        Refused(String message) {
            super(message);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        try {
            pkix.checkServerTrusted(chain, authType, socket);
        } catch (CertificateException e) {
            String host = socket instanceof SSLSocket tls && tls.getHandshakeSession() != null
                    ? tls.getHandshakeSession().getPeerHost()
                    : "this host";
            throw new Refused(reason(chain, host, e), e);
        }
        refuseWeak(chain);
    }

    private String reason(X509Certificate[] chain, String host, CertificateException e) {
        Instant now = Instant.now();
        for (X509Certificate c : chain) {
            Instant end = c.getNotAfter().toInstant();
            Instant begin = c.getNotBefore().toInstant();
            if (now.isAfter(end)) {
                return called(c) + " expired at " + end + " (it is " + now + " here): renew it at the broker";
            }
            if (now.isBefore(begin)) {
                return called(c) + " is valid only from " + begin + " on, and " + MachineClock.cause(now);
            }
        }
        String message = String.valueOf(e.getMessage());
        X509Certificate leaf = chain[0];
        if (message.startsWith("No name matching") || message.startsWith("No subject alternative")) {
            return called(leaf) + " is for " + names(leaf) + ", not for " + host
                    + ": use one of its names in uri, or have one issued for " + host;
        }
        if (message.contains("path building failed") || message.contains("path validation failed")) {
            if (leaf.getSubjectX500Principal().equals(leaf.getIssuerX500Principal())) {
                return called(leaf) + " is self-signed and not in " + trusted + ": if its SHA-256 " + fingerprint(leaf)
                        + " is your broker's, put it into the file of trust_file";
            }
            X509Certificate last = chain[chain.length - 1];
            return called(leaf) + " was issued by "
                    + last.getIssuerX500Principal().getName() + ", which is not in " + trusted
                    + ": put that CA's certificate into the file of trust_file";
        }
        return called(leaf) + " is not acceptable: " + message + ": have a new one issued";
    }

    private static void refuseWeak(X509Certificate[] chain) throws Refused {
        for (X509Certificate c : chain) {
            String algorithm = c.getSigAlgName().toUpperCase(Locale.ROOT);
            boolean ownRoot = c.getSubjectX500Principal().equals(c.getIssuerX500Principal()) && chain.length > 1;
            if (!ownRoot && (algorithm.startsWith("SHA1") || algorithm.startsWith("MD"))) {
                throw new Refused(called(c) + " is signed with " + c.getSigAlgName()
                        + ", which can be forged: have one issued with SHA-256 or better");
            }
            int bits = bits(c.getPublicKey());
            int least = c.getPublicKey() instanceof RSAKey ? LEAST_RSA_BITS : LEAST_EC_BITS;
            if (bits > 0 && bits < least) {
                throw new Refused(called(c) + " has a key of " + bits + " bits ("
                        + c.getPublicKey().getAlgorithm() + "), expected at least " + least
                        + ": have one issued for a longer key");
            }
        }
    }

    private static int bits(PublicKey key) {
        return switch (key) {
            case RSAKey rsa -> rsa.getModulus().bitLength();
            case ECKey ec -> ec.getParams().getOrder().bitLength();
            default -> 0;
        };
    }

    private static String called(X509Certificate c) {
        return "the certificate " + c.getSubjectX500Principal().getName();
    }

    private static String names(X509Certificate c) {
        try {
            Collection<List<?>> names = c.getSubjectAlternativeNames();
            return names == null
                    ? "no host (it has no subject alternative name)"
                    : names.stream().map(n -> String.valueOf(n.get(1))).collect(Collectors.joining(", "));
        } catch (CertificateParsingException e) {
            return "names that cannot be read";
        }
    }

    private static String fingerprint(X509Certificate c) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(c.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        pkix.checkServerTrusted(chain, authType);
        refuseWeak(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        pkix.checkServerTrusted(chain, authType, engine);
        refuseWeak(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        pkix.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        pkix.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        pkix.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return pkix.getAcceptedIssuers();
    }
}
